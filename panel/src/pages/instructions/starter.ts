/** What a workspace without a HEARTBEAT.md is offered to begin with; nothing is written before it is saved. */
export const STARTER = `# Heartbeat

## Checklist
- Look for posts and comments that ask you something

## Rules
- If nothing needs an answer → stay silent
`;
