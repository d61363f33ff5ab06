/** Time zones as the browser knows them. */

/** The viewer's own zone, an IANA name. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All zones to choose from; the viewer's own and UTC stand first. */
export function knownZones(): string[] {
  return [...new Set([ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];
}

/** The zones that a text may mean; where it is a whole zone, all are shown to choose another from. */
export function fittingZones(zones: readonly string[], text: string): readonly string[] {
  if (zones.includes(text)) return zones;
  const words = text.trim().toLowerCase().replaceAll(" ", "_");
  return zones.filter((zone) => zone.toLowerCase().includes(words));
}

/** The zone that a new thread is offered: the workspace's where that was set, else the viewer's own. */
export function offeredZone(defaults: { overrides: Readonly<Record<string, unknown>> } | undefined): string {
  const set = defaults?.overrides.timezone;
  return typeof set === "string" ? set : ownZone();
}
