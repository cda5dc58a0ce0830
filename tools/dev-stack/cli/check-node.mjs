const OLDEST = [20, 19];

/** Says in one sentence that Node is too old, instead of failing on syntax or in a dependency. */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  console.error(
    `Clickjoin needs Node ${OLDEST.join('.')} or newer, and this is ${version}: install a newer one.`,
  );
  process.exit(1);
}
