/** The time zones that the browser knows. */

/** Return the viewer's time zone, an IANA name. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Return all zones to choose from; the viewer's own and UTC come first. */
export function knownZones(): string[] {
  return [...new Set([ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];
}

/** Return the zones that contain the text; all zones if the text is a complete zone name. */
export function fittingZones(zones: readonly string[], text: string): readonly string[] {
  if (zones.includes(text)) return zones;
  const words = text.trim().toLowerCase().replaceAll(" ", "_");
  return zones.filter((zone) => zone.toLowerCase().includes(words));
}

/** Return the initial zone of a new thread: the workspace's if it is set, else the viewer's own. */
export function offeredZone(defaults: { overrides: Readonly<Record<string, unknown>> } | undefined): string {
  const set = defaults?.overrides.timezone;
  return typeof set === "string" ? set : ownZone();
}
