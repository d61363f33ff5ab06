/** The initial text for a workspace without HEARTBEAT.md; it is not written before the user saves it. */
export const STARTER = `# Heartbeat

## Checklist
- Look for posts and comments that ask you something

## Rules
- If nothing needs an answer → stay silent
`;
