/** On somebody else's page a fault of ours must be no fault of theirs. The last one stands in `clickjoin.fault`. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    (window.clickjoin || ({} as { fault?: unknown })).fault = error;
    return undefined;
  }
}
