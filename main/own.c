/* own: see own.h. */
#include "main/own.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "ledger/disk.h"
#include "store/store.h"
#include "wire/der.h"

enum { DER = 4096 };

bool
own_key(const struct pki_work *w, const char *key, enum signer_kind kind)
{
	uint8_t        room[SIGNER_PEM];
	char           path[STATE_PATH + 32];
	struct buf     pem = buf_over(room, sizeof room);
	struct signer *k = NULL;
	enum err       e;

	snprintf(path, sizeof path, "%s/%s.pem", w->site.keys, key);
	if (access(path, F_OK) == 0)
		return true;
	if (!(e = signer_new(kind, &k)) && !(e = signer_save(k, NULL, &pem)))
		e = state_make(path, buf_bytes(&pem), true);
	if (e)
		fprintf(stderr, "paravent: %s: %s\n", path, err_text(e));
	explicit_bzero(room, sizeof room);
	signer_free(k);
	return !e;
}

static bool
sign(struct pki_work *w, const struct profile *p, struct bytes tbs, struct certify *keys, const struct signer *issuing, struct buf *der)
{
	uint8_t    request_room[DER], answer_room[SIGNER_SIGNATURE + 2];
	struct buf request = buf_over(request_room, sizeof request_room), answer = buf_over(answer_room, sizeof answer_room);
	enum err   e;

	if (keys) {
		buf_u8(&request, (uint8_t)(p - profile_at(0)));
		buf_u32(&request, (uint32_t)tbs.len);
		buf_bytes_put(&request, tbs);
		e = buf_ok(&request) ? certify_tbs(keys, buf_bytes(&request), &answer) : ERR_LIMIT;
	} else {
		buf_u16(&answer, 0);
		e = signer_make(issuing, tbs, &answer);
	}
	if (e) {
		fprintf(stderr, "paravent: %s: the keys' process %.*s\n", w->dir, e == ERR_PERM ? (int)answer.len : 15, e == ERR_PERM ? (const char *)answer.at : "does not answer");
		return false;
	}
	der_put_signed(der, tbs, w->issuer.algorithm, bytes_skip(buf_bytes(&answer), 2));
	return buf_ok(der);
}

bool
own_certify(struct pki_work *w, const struct own *o, struct bytes spki, struct certify *keys, const struct signer *issuing)
{
	uint8_t      tbs_room[DER], der_room[DER];
	char         names[1024], file[32];
	struct buf   tbs = buf_over(tbs_room, sizeof tbs_room), der = buf_over(der_room, sizeof der_room);
	struct csr   wish = { .wants = x509_blank(spki) };
	struct x509  says;
	struct issue i = { .csr = &wish, .profile = profile_find(o->profile), .name = o->name, .now = pki_now() };

	wish.wants.spki = spki;
	wish.wants.names_der = o->names;
	if (getrandom(i.serial, sizeof i.serial, 0) != sizeof i.serial)
		return false;
	i.serial[0] |= 0x40;
	issue_print(&w->issuer, &i, &tbs);
	if (!buf_ok(&tbs) || !sign(w, i.profile, buf_bytes(&tbs), keys, issuing, &der) || x509_parse(buf_bytes(&der), &says))
		return false;
	struct entry told = pki_entry(w, o->name, says.whole, "issued the %s certificate of this CA's own service %s", o->profile, o->key);
	pki_names(&says, names, sizeof names);
	struct register_row row = { .subject = o->name, .names = names, .profile = o->profile, .device = "", .issuer = w->issuer.generation, .issued = i.now.us / INSTANT_SECOND,
		.from = says.not_before.us / INSTANT_SECOND, .until = says.not_after.us / INSTANT_SECOND, .der = says.whole };
	memcpy(row.serial, i.serial, sizeof row.serial);
	snprintf(file, sizeof file, "%s.cer", o->file ? o->file : o->key);
	if (!register_begin(w->file) && !register_put(w->file, &row) && pki_tell(w, &told, 1) && !register_commit(w->file) && !pki_replace(w, file, says.whole))
		return true;
	register_rollback(w->file);
	fprintf(stderr, "paravent: %s: %s\n", w->dir, store_trouble());
	return false;
}

/* What is there is good for some time yet, and says what it should. */
static bool
lasts(const struct pki_work *w, const struct own *o, struct bytes spki)
{
	uint8_t     room[DER];
	char        path[STATE_PATH + 64], file[32];
	struct buf  der = buf_over(room, sizeof room);
	struct x509 c;

	snprintf(file, sizeof file, "%s.cer", o->key);
	return !disk_get(AT_FDCWD, pki_path(w, file, path), &der) && !x509_parse(buf_bytes(&der), &c) && bytes_equal(c.spki, spki) && bytes_equal(c.names_der, o->names) &&
	       bytes_equal(c.issuer, w->issuer.ca.subject) && c.not_after.us - pki_now().us > (int64_t)profile_find(o->profile)->renew * 86400 * INSTANT_SECOND;
}

bool
own_keep(struct pki_work *w, const struct own *o, struct certify *keys, bool *renewed)
{
	uint8_t        pem_room[SIGNER_PEM], spki_room[SIGNER_SPKI];
	char           path[STATE_PATH + 32];
	struct buf     pem = buf_over(pem_room, sizeof pem_room), spki = buf_over(spki_room, sizeof spki_room);
	struct signer *k = NULL;

	snprintf(path, sizeof path, "%s/%s.pem", w->site.keys, o->key);
	bool good = !disk_get(AT_FDCWD, path, &pem) && !signer_load(buf_bytes(&pem), NULL, &k) && !signer_public(k, &spki);
	explicit_bzero(pem_room, sizeof pem_room);
	signer_free(k);
	if (!good)
		fprintf(stderr, "paravent: %s: is no key\n", path);
	if (!good || lasts(w, o, buf_bytes(&spki)))
		return good;
	*renewed = true;
	return own_certify(w, o, buf_bytes(&spki), keys, NULL);
}
