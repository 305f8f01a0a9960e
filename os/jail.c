/* jail: see jail.h. */
#include "os/jail.h"
#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

/* Files, sockets and programs are out of reach of a pure role; memory and what is open already is all it has. */
static const int PURE[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(futex), SCMP_SYS(futex_waitv), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
	SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
	SCMP_SYS(getrandom), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(sigaltstack),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
	SCMP_SYS(getsockopt), SCMP_SYS(fcntl), SCMP_SYS(getrusage), SCMP_SYS(sched_yield), SCMP_SYS(ioctl),
};

static const int RECORD[] = {
	SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(getcwd), SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(geteuid), SCMP_SYS(getuid),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(mkdir), SCMP_SYS(utimensat), SCMP_SYS(utimes), SCMP_SYS(fallocate), SCMP_SYS(dup), SCMP_SYS(umask),
};

static const int LEDGER[] = {
	SCMP_SYS(accept4), SCMP_SYS(accept), SCMP_SYS(mkdirat), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(syncfs), SCMP_SYS(fstatfs),
	SCMP_SYS(statfs), SCMP_SYS(flock), SCMP_SYS(getdents64),
};

static const int READ[] = {
	SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(getdents64), SCMP_SYS(flock),
};

/* Connections that come in; none goes out. */
static const int SERVE[] = {
	SCMP_SYS(accept4), SCMP_SYS(accept), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(shutdown), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(setsockopt),
};

/* And connections that go out. */
static const int GATE[] = { SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(splice), SCMP_SYS(pipe2) };

/* A library that speaks to the world makes too many calls to list: those are listed that it must never make. */
static const int NEVER[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(reboot), SCMP_SYS(keyctl),
	SCMP_SYS(add_key), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(kill),
};

#define LIST(a) { a, sizeof a / sizeof *a }
static const struct list {
	const int *call;
	size_t     n;
} LISTS[][4] = {
	[JAIL_PURE] = { LIST(PURE) },
	[JAIL_RECORD] = { LIST(PURE), LIST(RECORD) },
	[JAIL_LEDGER] = { LIST(PURE), LIST(RECORD), LIST(LEDGER) },
	[JAIL_READ] = { LIST(PURE), LIST(READ) },
	[JAIL_SERVE] = { LIST(PURE), LIST(RECORD), LIST(LEDGER), LIST(SERVE) },
	[JAIL_GATE] = { LIST(PURE), LIST(SERVE), LIST(GATE) },
	[JAIL_ASK] = { LIST(NEVER) },
	[JAIL_KEEP] = { LIST(NEVER) },
	[JAIL_FETCH] = { LIST(NEVER) },
	[JAIL_TOKEN] = { LIST(NEVER) },
};

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* What is below dir may be opened so. */
static enum err
allow(int rules, const char *dir, unsigned long long access)
{
	struct landlock_path_beneath_attr below = { .allowed_access = access };

	below.parent_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool bad = below.parent_fd < 0 || syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	if (below.parent_fd >= 0)
		close(below.parent_fd);
	return bad ? ERR_PERM : OK;
}

static enum err
landlock(enum jail kind, const char *dir, unsigned *missing)
{
	static const char *const system[] = { "/etc", "/usr", "/lib", "/run" }; /* resolver, certificates, libraries */

	struct landlock_ruleset_attr all = { .handled_access_fs = (1ull << 13) - 1 };
	int                          fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);

	if (fd < 0) {
		*missing |= JAIL_NO_LANDLOCK;
		return OK;
	}
	enum err e = dir ? allow(fd, dir, kind == JAIL_READ || kind == JAIL_ASK ? READS : all.handled_access_fs & ~(unsigned long long)LANDLOCK_ACCESS_FS_EXECUTE) : OK;
	if (!e && (kind == JAIL_TOKEN || kind == JAIL_KEEP))
		e = allow(fd, "/", READS);
	for (size_t i = 0; !e && kind == JAIL_FETCH && i < sizeof system / sizeof *system; i++)
		if (access(system[i], F_OK) == 0)
			e = allow(fd, system[i], READS);
	if (!e && syscall(SYS_landlock_restrict_self, fd, 0))
		e = ERR_PERM;
	close(fd);
	return e;
}

static enum err
seccomp(enum jail kind, unsigned *missing)
{
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
	bool            lists_never = kind == JAIL_FETCH || kind == JAIL_ASK || kind == JAIL_KEEP || kind == JAIL_TOKEN;
	scmp_filter_ctx f = seccomp_init(lists_never ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	int             bad = f ? seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2) : 1; /* a binary tree: a list is walked for each call */

	for (const struct list *l = LISTS[kind]; l < LISTS[kind] + 4; l++)
		for (size_t i = 0; !bad && i < l->n; i++)
			bad = seccomp_rule_add(f, lists_never ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW, l->call[i], 0);
	if (!bad && seccomp_load(f))
		*missing |= JAIL_NO_SECCOMP;
	if (f)
		seccomp_release(f);
	return bad ? ERR_PERM : OK;
}

enum err
jail_own(const char *dir, int *fd)
{
	if (mkdir(dir, 0700) && errno != EEXIST)
		return ERR_IO;
	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return ERR_IO;
	if (geteuid() || (!fchown(*fd, NOBODY, NOBODY) && !fchmod(*fd, 0700)))
		return OK;
	close(*fd);
	*fd = -1;
	return ERR_IO;
}

enum err
jail_enter(enum jail kind, const char *dir, unsigned *missing)
{
	struct rlimit none = { 0, 0 };
	enum err      e;
	int           with_parent = 0; /* the signal at its parent's death */

#ifdef __SANITIZE_ADDRESS__
	/* The sanitizers' runtime reads files and makes calls of its own: a test build is not jailed, and says so. */
	(void)with_parent;
	(void)kind;
	(void)dir;
	*missing = JAIL_NO_SECCOMP | JAIL_NO_LANDLOCK | JAIL_SAME_USER;
	return OK;
#endif
	*missing = 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none))
		return ERR_PERM;
	if ((e = landlock(kind, dir, missing)))
		return e;
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct   no[2] = { { 0 } };
	prctl(PR_GET_PDEATHSIG, &with_parent);
	if (geteuid() == 0 && (kind == JAIL_PURE || kind == JAIL_GATE || kind == JAIL_ASK || kind == JAIL_KEEP || kind == JAIL_FETCH)) {
		if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
			return ERR_PERM;
	} else {
		*missing |= JAIL_SAME_USER;
	}
	if (syscall(SYS_capset, &head, no))
		return ERR_PERM;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, with_parent); /* with another user it was forgotten */
	return seccomp(kind, missing);
}
