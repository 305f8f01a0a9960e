/* bundle: see bundle.h. */
#include "main/bundle.h"
#include "base/memory.h"
#include "crypt/hash.h"
#include "main/keys.h"

enum { MANIFEST = 2 << 20 };

enum err
bundle_new(const char *path, struct instant when, struct bundle *out)
{
	uint8_t *manifest = memory_new(1, MANIFEST);

	*out = (struct bundle){ .when = when, .manifest = buf_over(manifest, manifest ? MANIFEST : 0) };
	enum err e = manifest ? zip_new(path, &out->zip) : ERR_MEMORY;
	if (e)
		memory_free(manifest);
	return e;
}

void
bundle_put(struct bundle *b, const char *name, struct bytes content)
{
	uint8_t digest[32];

	if (b->e || (b->e = zip_add(b->zip, name, content, b->when)))
		return;
	hash_sha256(content, digest);
	buf_hex(&b->manifest, bytes_of(digest, 32));
	buf_format(&b->manifest, "  %s\n", name);
	b->members++;
}

static void
sign(struct bundle *b, struct submit *to)
{
	uint8_t   *text = memory_new(1, MANIFEST + 64), *room = memory_new(1, MANIFEST + 4096);
	struct buf head = buf_over(text, text ? MANIFEST + 64 : 0), note = buf_over(room, room ? MANIFEST + 4096 : 0);

	buf_text(&head, KEYS_MANIFEST_HEAD);
	buf_bytes_put(&head, buf_bytes(&b->manifest));
	if (!b->e && !buf_ok(&head))
		b->e = ERR_LIMIT;
	if (!b->e)
		b->e = submit_sign_manifest(to, buf_bytes(&head), &note);
	if (!b->e)
		b->e = zip_add(b->zip, "manifest.note", buf_bytes(&note), b->when);
	memory_free(text);
	memory_free(room);
}

enum err
bundle_finish(struct bundle *b, struct submit *to)
{
	enum err e;

	if (!b->e && !buf_ok(&b->manifest))
		b->e = ERR_LIMIT;
	if (!b->e)
		b->e = zip_add(b->zip, "manifest.sha256", buf_bytes(&b->manifest), b->when);
	if (to)
		sign(b, to);
	if (!(e = b->e)) {
		e = zip_finish(b->zip);
		b->zip = NULL;
	}
	bundle_free(b);
	return e;
}

void
bundle_free(struct bundle *b)
{
	zip_free(b->zip);
	memory_free(b->manifest.at);
	*b = (struct bundle){ .e = ERR_CLOSED };
}
