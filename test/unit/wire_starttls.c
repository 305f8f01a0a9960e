#include "test/unit/check.h"
#include "wire/starttls.h"

static unsigned
server(struct starttls *s, const char *text)
{
	return starttls_see(s, true, bytes_text(text));
}

static unsigned
client(struct starttls *s, const char *text)
{
	return starttls_see(s, false, bytes_text(text));
}

static void
smtp_offers_is_asked_and_accepts(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, starttls_of_port(587));
	assert_int_equal(server(&s, "220 mail.clinic.example ESMTP\r\n"), 0);
	assert_int_equal(client(&s, "EHLO modality\r\n"), 0);
	assert_int_equal(server(&s, "250-mail.clinic.example\r\n250-SIZE 1000\r\n250-starttls\r\n250 HELP\r\n"), STARTTLS_OFFERED | STARTTLS_LISTED);
	assert_int_equal(client(&s, "STARTTLS\r\n"), STARTTLS_ASKED);
	assert_int_equal(server(&s, "220 Go ahead\r\n"), STARTTLS_ACCEPTED);
	assert_int_equal(client(&s, "AUTH PLAIN AGEAYg==\r\n"), 0); /* that would be ciphertext */
}

static void
smtp_without_the_offer_is_listed_only(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_SMTP);
	assert_int_equal(client(&s, "EHLO modality\r\n"), 0);
	assert_int_equal(server(&s, "250-mail\r\n250-XXXXXXXA\r\n"), 0);
	assert_int_equal(server(&s, "250 AUTH PLAIN\r\n"), STARTTLS_LISTED);
	assert_int_equal(client(&s, "STARTTLS\r\n"), STARTTLS_ASKED);
	assert_int_equal(server(&s, "454 TLS not available\r\n"), STARTTLS_REFUSED);
	assert_int_equal(client(&s, "AUTH LOGIN\r\n"), STARTTLS_CREDENTIALS);
}

static void
the_text_of_a_mail_is_no_command(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_SMTP);
	assert_int_equal(server(&s, "354 go\r\n"), 0);
	assert_int_equal(client(&s, "Subject: x\r\n\r\nSTARTTLS\r\nAUTH PLAIN x\r\n.\r\nSTARTTLS\r\n"), STARTTLS_ASKED);
}

static void
bytes_behind_the_command_are_seen(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_SMTP);
	assert_int_equal(client(&s, "STARTTLS\r\nRSET\r\n"), STARTTLS_ASKED | STARTTLS_TRAILED);
	assert_int_equal(server(&s, "220 ok\r\n250 x\r\n"), STARTTLS_ACCEPTED | STARTTLS_TRAILED);
}

static void
a_certificate_is_no_password(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_SMTP);
	assert_int_equal(client(&s, "AUTH EXTERNAL =\r\n"), 0);
	starttls_init(&s, STARTTLS_IMAP);
	assert_int_equal(client(&s, "a AUTHENTICATE EXTERNAL =\r\n"), 0);
	assert_int_equal(client(&s, "a AUTHENTICATE PLAIN\r\n"), STARTTLS_CREDENTIALS);
}

static void
imap_is_followed_by_its_tag(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_IMAP);
	assert_int_equal(server(&s, "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready\r\n"), STARTTLS_LISTED | STARTTLS_OFFERED);
	assert_int_equal(client(&s, "a1 STARTTLS\r\n"), STARTTLS_ASKED);
	assert_int_equal(server(&s, "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"), STARTTLS_LISTED);
	assert_int_equal(server(&s, "a2 OK\r\n"), 0);
	assert_int_equal(server(&s, "a1 BAD no\r\n"), STARTTLS_REFUSED);
	assert_int_equal(client(&s, "a3 login x y\r\n"), STARTTLS_CREDENTIALS);
}

static void
pop3_lists_and_accepts(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_POP3);
	assert_int_equal(server(&s, "+OK lavad\r\n"), 0);
	assert_int_equal(client(&s, "AUTH\r\n"), 0);
	assert_int_equal(server(&s, "-ERR Unrecognized command.\r\n"), 0);
	assert_int_equal(client(&s, "CAPA\r\n"), 0);
	assert_int_equal(server(&s, "+OK Capabilities follow.\r\nTOP\r\nUSER\r\nSTLS\r\n.\r\n"), STARTTLS_OFFERED | STARTTLS_LISTED);
	assert_int_equal(client(&s, "STLS\r\n"), STARTTLS_ASKED);
	assert_int_equal(server(&s, "+OK Ready to start TLS negotiation.\r\n"), STARTTLS_ACCEPTED);
}

static void
pop3_users_are_seen(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_POP3);
	assert_int_equal(client(&s, "USER bob\r\n"), STARTTLS_CREDENTIALS);
}

static void
ftp_lists_and_accepts(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_FTP);
	assert_int_equal(server(&s, "220 \"Authorized users only.\"\r\n"), 0);
	assert_int_equal(client(&s, "FEAT\r\n"), 0);
	assert_int_equal(server(&s, "211-Features:\r\n AUTH TLS\r\n PBSZ\r\n211 End\r\n"), STARTTLS_OFFERED | STARTTLS_LISTED);
	assert_int_equal(client(&s, "AUTH TLS\r\n"), STARTTLS_ASKED);
	assert_int_equal(server(&s, "234 Proceed with negotiation.\r\n"), STARTTLS_ACCEPTED);
}

static void
ftp_guests_have_no_secret(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_FTP);
	assert_int_equal(client(&s, "AUTH TLS\r\n"), STARTTLS_ASKED);
	assert_int_equal(server(&s, "530 Please login\r\n"), STARTTLS_REFUSED);
	assert_int_equal(client(&s, "USER anonymous\r\n"), 0);
	assert_int_equal(client(&s, "USER bob\r\n"), STARTTLS_CREDENTIALS);
}

static void
xmpp_is_followed(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_XMPP);
	assert_int_equal(server(&s, "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"), STARTTLS_OFFERED | STARTTLS_LISTED);
	assert_int_equal(client(&s, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), STARTTLS_ASKED);
	assert_int_equal(server(&s, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), STARTTLS_REFUSED);
	assert_int_equal(client(&s, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>"), STARTTLS_CREDENTIALS);
}

static unsigned
ldap(struct starttls *s, bool from_server, const char *text)
{
	uint8_t raw[256];

	return starttls_see(s, from_server, bytes_of(raw, unhex(text, raw, sizeof raw)));
}

static void
ldap_is_followed_by_its_message_id(void **state)
{
	static const char request[] = "301d 020107 7718 8016 312e332e362e312e342e312e313436362e3230303337";
	struct starttls   s;

	(void)state;
	starttls_init(&s, STARTTLS_LDAP);
	assert_int_equal(ldap(&s, false, request), STARTTLS_ASKED);
	assert_int_equal(ldap(&s, true, "300c 020106 7807 0a0100 0400 0400"), 0);
	assert_int_equal(ldap(&s, true, "300c 020107 7807 0a0102 0400 0400"), STARTTLS_REFUSED);
	assert_int_equal(ldap(&s, false, request), STARTTLS_ASKED);
	assert_int_equal(ldap(&s, true, "3084 00000010 020107 7884 00000007 0a0100 0400 0400"), STARTTLS_ACCEPTED);
}

static void
ldap_binds_are_told_apart(void **state)
{
	struct starttls s;

	(void)state;
	starttls_init(&s, STARTTLS_LDAP);
	assert_int_equal(ldap(&s, false, "300c 020101 6007 020103 0400 8000"), 0);
	assert_int_equal(ldap(&s, false, "3016 020101 6011 020103 0400 a30a 0408 4753532d 53504e45"), 0);
	assert_int_equal(ldap(&s, false, "3010 020101 600b 020103 0403 636e3d"), 0);
	assert_int_equal(ldap(&s, false, "3013 020102 600e 020103 0403 636e3d 8004 70617373"), STARTTLS_CREDENTIALS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smtp_offers_is_asked_and_accepts),
		cmocka_unit_test(smtp_without_the_offer_is_listed_only),
		cmocka_unit_test(the_text_of_a_mail_is_no_command),
		cmocka_unit_test(bytes_behind_the_command_are_seen),
		cmocka_unit_test(a_certificate_is_no_password),
		cmocka_unit_test(imap_is_followed_by_its_tag),
		cmocka_unit_test(pop3_lists_and_accepts),
		cmocka_unit_test(pop3_users_are_seen),
		cmocka_unit_test(ftp_lists_and_accepts),
		cmocka_unit_test(ftp_guests_have_no_secret),
		cmocka_unit_test(xmpp_is_followed),
		cmocka_unit_test(ldap_is_followed_by_its_message_id),
		cmocka_unit_test(ldap_binds_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
