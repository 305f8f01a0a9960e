/* x509: whose certificate it is: RFC 9525 section 6. */
#include "wire/x509.h"
#include "base/addr.h"

static bool
same_letters(struct bytes a, struct bytes b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		uint8_t x = a.at[i], y = b.at[i];
		if (x != y && ((x | 0x20) != (y | 0x20) || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
			return false;
	}
	return true;
}

static bool
domain_matches(struct bytes pattern, struct bytes host)
{
	if (!bytes_begin(pattern, "*."))
		return same_letters(pattern, host);
	struct bytes after = bytes_skip(pattern, 1);
	size_t       dot = bytes_find(host, '.');
	if (bytes_find(bytes_skip(after, 1), '.') == after.len - 1)
		return false; /* "*.org" */
	return dot > 0 && same_letters(after, bytes_skip(host, dot));
}

static bool
address_matches(struct bytes ip, struct addr a)
{
	return (ip.len == 4 && addr_equal(addr_v4(ip.at), a)) || (ip.len == 16 && addr_equal(addr_v6(ip.at), a));
}

bool
x509_name_matches(const struct x509 *c, struct bytes host)
{
	struct x509_name n;
	struct addr      a;
	bool             address = addr_parse(host, &a) == OK;

	if (!address && host.len && host.at[host.len - 1] == '.')
		host.len--;
	if (host.len == 0)
		return false;
	for (struct bytes left = c->names_der; x509_name_next(&left, &n);)
		if (address ? n.type == X509_NAME_IP && address_matches(n.value, a) : n.type == X509_NAME_DNS && domain_matches(n.value, host))
			return true;
	return false;
}
