// Edits not yet saved, of records that are open or were: another row or view may be looked at meanwhile.
// Owns: one draft for each session and record, as long as the page lives. Knows nothing of what a draft holds.

const kept = new Map();
const keyOf = (session, id) => JSON.stringify([session, String(id)]);

export const draftOf = (session, id) => kept.get(keyOf(session, id));

export const dropDraft = (session, id) => kept.delete(keyOf(session, id));

export const keepDraft = (session, id, draft) => kept.set(keyOf(session, id), draft);
