/* agent_files: see agent.h. */
#include "main/agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypt/pem.h"
#include "crypt/signer.h"
#include "ledger/disk.h"
#include "wire/der.h"

enum { NAME = 80 };

enum err
agent_files_live(int dir, struct agent_pair *out)
{
	struct buf   der = buf_over(out->der_room, sizeof out->der_room);
	struct bytes rest;
	char         label[32];
	enum err     e;

	out->certificate = buf_over(out->certificate_room, sizeof out->certificate_room);
	out->key = buf_over(out->key_room, sizeof out->key_room);
	if ((e = disk_get(dir, "live/fullchain.pem", &out->certificate)) || (e = disk_get(dir, "live/key.pem", &out->key)))
		return e;
	rest = buf_bytes(&out->certificate);
	if ((e = pem_next(&rest, label, &der)))
		return e;
	return x509_parse(buf_bytes(&der), &out->says);
}

enum err
agent_files_key(int dir, struct signer **out)
{
	uint8_t    room[SIGNER_PEM];
	struct buf pem = buf_over(room, sizeof room);
	enum err   e = disk_get(dir, "next.pem", &pem);

	if (!e && !signer_load(buf_bytes(&pem), NULL, out))
		goto out;
	/* None, or one that was cut short. */
	buf_reset(&pem);
	if (!(e = signer_new(SIGNER_P256, out)) && !(e = signer_save(*out, NULL, &pem)))
		e = disk_publish(&disk_linux, dir, "next.pem", buf_bytes(&pem));
out:
	explicit_bzero(room, sizeof room);
	return e;
}

static void
put_all(struct bytes ders, struct buf *pem)
{
	for (struct cursor c = cursor_over(ders); cursor_left(&c) && buf_ok(pem);)
		pem_put("CERTIFICATE", der_whole(&c, DER_SEQUENCE), pem);
}

static enum err
fill(int at, const struct agent_new *n)
{
	static uint8_t room[4 * AGENT_PEM];
	struct buf     pem = buf_over(room, sizeof room);
	enum err       e = signer_save(n->key, NULL, &pem);

	if (e || (e = disk_publish(&disk_linux, at, "key.pem", buf_bytes(&pem))))
		goto out;
	buf_reset(&pem);
	put_all(n->chain, &pem);
	if ((e = disk_publish(&disk_linux, at, "chain.pem", buf_bytes(&pem))))
		goto out;
	buf_reset(&pem);
	put_all(n->root, &pem);
	if ((e = disk_publish(&disk_linux, at, "root.pem", buf_bytes(&pem))))
		goto out;
	buf_reset(&pem);
	put_all(n->leaf->whole, &pem);
	if ((e = disk_publish(&disk_linux, at, "cert.pem", buf_bytes(&pem))))
		goto out;
	put_all(n->chain, &pem);
	if ((e = disk_publish(&disk_linux, at, "fullchain.pem", buf_bytes(&pem))) || (e = signer_save(n->key, NULL, &pem)) ||
	    (e = disk_publish(&disk_linux, at, "both.pem", buf_bytes(&pem))))
		goto out;
	buf_reset(&pem);
	put_all(n->root, &pem);
	put_all(n->chain, &pem);
	e = buf_ok(&pem) ? disk_publish(&disk_linux, at, "trusted.pem", buf_bytes(&pem)) : ERR_LIMIT;
out:
	explicit_bzero(room, sizeof room);
	return e;
}

/* A link that points to to from now on, or still to what it did. */
static enum err
point(int dir, const char *name, const char *to)
{
	char beside[NAME + 8];

	snprintf(beside, sizeof beside, "%s.new", name);
	unlinkat(dir, beside, 0);
	return symlinkat(to, dir, beside) || renameat(dir, beside, dir, name) || fsync(dir) ? ERR_IO : OK;
}

static bool
target(int dir, const char *name, char out[static NAME])
{
	ssize_t n = readlinkat(dir, name, out, NAME - 1);

	out[n > 0 ? n : 0] = 0;
	return n > 0;
}

enum err
agent_files_swap(int dir, const struct agent_new *n)
{
	char       name[NAME], old[NAME];
	struct buf b = buf_over(name, sizeof name);
	enum err   e;

	buf_text(&b, "v.");
	buf_hex(&b, bytes_head(n->leaf->serial, 20));
	(void)buf_string(&b);
	if (mkdirat(dir, name, 0700) && errno != EEXIST)
		return ERR_IO;
	int at = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return ERR_IO;
	e = fill(at, n);
	if (!e && fsync(at))
		e = ERR_IO;
	close(at);
	if (e || (e = disk_publish(&disk_linux, dir, "hook.due", bytes_of("", 0))))
		return e;
	if (target(dir, "live", old) && strcmp(old, name) && (e = point(dir, "before", old)))
		return e;
	if ((e = point(dir, "live", name)))
		return e;
	unlinkat(dir, "next.pem", 0); /* it is live now; left behind it would be certified once more */
	return OK;
}

static DIR *
open_folder(int dir, const char *name)
{
	int  fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (fd >= 0 && !d)
		close(fd);
	return d;
}

/* With whatever lies in it: a crash may have left a file that was being written. */
static void
remove_pair(int dir, const char *name)
{
	DIR           *d = open_folder(dir, name);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	unlinkat(dir, name, AT_REMOVEDIR);
}

void
agent_files_tidy(int dir)
{
	char           live[NAME], before[NAME];
	DIR           *d = open_folder(dir, ".");
	struct dirent *e;

	target(dir, "live", live);
	target(dir, "before", before);
	while (d && (e = readdir(d)))
		if (strncmp(e->d_name, "v.", 2) == 0 && strlen(e->d_name) < NAME && strcmp(e->d_name, live) && strcmp(e->d_name, before))
			remove_pair(dir, e->d_name);
	if (d)
		closedir(d);
}

bool
agent_files_hook_due(int dir)
{
	return faccessat(dir, "hook.due", F_OK, 0) == 0;
}

void
agent_files_hook_done(int dir)
{
	unlinkat(dir, "hook.due", 0);
}
