/** The service's own database on the shared server: `clickjoin` and `click-service` give `clickjoin_click_service`. */
export function databaseName(prefix: string, service: string): string {
  const name = `${prefix}_${service.replaceAll('-', '_')}`;
  // Postgres cuts longer names off silently, and two services would then share one database.
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
    throw new Error(`"${name}" is no database name: lower-case letters, digits and "_", at most 63`);
  }
  return name;
}
