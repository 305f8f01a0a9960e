/*
 * err: the dozen ways in which the environment fails.
 *
 * Three kinds of trouble, three treatments.  The impossible is an assert.
 * A malformed packet is a value that a witness may claim.  Only what the
 * environment refuses (I/O, a limit, a permission) is an enum err, and
 * whoever decides reports it, once.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_TABLE(X)                                                           \
	X(OK, "fine")                                                          \
	X(ERR_SHORT, "ends before it is complete")                             \
	X(ERR_FORM, "is not of the stated form")                               \
	X(ERR_LIMIT, "is larger than the limit")                               \
	X(ERR_UNSUPPORTED, "is of a kind not supported here")                  \
	X(ERR_IO, "could not be read or written")                              \
	X(ERR_MEMORY, "needs more memory than there is")                       \
	X(ERR_PERM, "is not permitted")                                        \
	X(ERR_NOTFOUND, "does not exist")                                      \
	X(ERR_AGAIN, "has nothing yet")                                        \
	X(ERR_CLOSED, "has ended")                                             \
	X(ERR_USAGE, "was asked for wrongly")

enum err {
#define X(code, words) code,
	ERR_TABLE(X)
#undef X
};

#define MUST_USE __attribute__((warn_unused_result))

/* Plain words for a code, to follow the name of the thing concerned. */
const char *err_text(enum err e);

#endif
