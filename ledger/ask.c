/* ask: see ask.h. */
#include "ledger/ask.h"
#include "ledger/witness.h"

enum err
ask_request(struct view *v, uint64_t old, struct buf *out)
{
	struct witness_request r = { .old = old, .note = view_note(v) };
	enum err               e = old ? view_extend(v, old, &r.proof) : OK;

	if (e)
		return e;
	witness_print(&r, out);
	return buf_ok(out) ? OK : ERR_LIMIT;
}

enum err
ask_size(struct bytes answer, uint64_t *old)
{
	enum err e = checkpoint_number(&answer, old);
	return e ? e : answer.len ? ERR_FORM : OK;
}

enum err
ask_answer(struct bytes note, struct bytes answer, const struct note_key *witness, struct buf *lines)
{
	uint8_t     room[NOTE_SIZE];
	struct buf  b = buf_over(room, sizeof room);
	struct note ours, theirs;
	uint64_t    by;

	enum err e = note_parse(note, &ours);
	if (e)
		return e;
	ours.signatures = answer;
	note_print(&ours, &b);
	e = buf_ok(&b) ? note_parse(buf_bytes(&b), &theirs) : ERR_LIMIT;
	if (!e && !bytes_equal(ours.text, theirs.text)) /* an answer with an empty line would be text */
		e = ERR_FORM;
	if (!e)
		e = note_verify(&theirs, witness, 1, &by);
	if (e)
		return e;
	note_known(&theirs, witness, 1, lines);
	return buf_ok(lines) ? OK : ERR_LIMIT;
}
