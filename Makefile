# paravent: one Makefile, no configure.  `make help` lists the targets.
#
# The rooms, bottom to top.  A room may use itself and the rooms it names, no
# others: `make rooms` reads the includes, and a room's unit tests link only
# the archives of the rooms it may use, so the linker keeps the order too.
ROOMS       := base wire os crypt model content sensor judge policy report pki store ledger gate main
uses.base   :=
uses.wire   := base
uses.os     := base
uses.crypt  := base
uses.model  := wire base
uses.content := wire crypt base
uses.sensor := model content crypt wire base
uses.judge  := model content crypt wire base
uses.policy := model wire base
uses.report := model wire base
uses.store  := model wire os base
uses.ledger := model crypt os base
uses.pki    := model crypt wire base
uses.gate   := content model crypt os wire base
uses.main   := gate sensor judge policy report pki store ledger model content crypt os wire base

VERSION := 0.1.0

# What each room needs of the outside world.
libs.base   :=
libs.wire   :=
libs.os     := -lz -lzstd -lseccomp
libs.crypt  := -lssl -lcrypto -ljansson
libs.content := -lz
libs.policy := -lyaml -ljansson
libs.pki    := -ljansson
libs.store  := -lsqlite3 -ljansson
libs.gate   := -levent_core
libs.main   := -ljansson -levent_core -levent_extra -levent_openssl

PREFIX  ?= /usr/local
DESTDIR ?=
B       ?= build
CC      ?= cc
CFLAGS  ?= -O3 -g
SAN     ?=
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
HARDEN  := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
override CFLAGS  += $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
                    -std=c17 -D_GNU_SOURCE -I. -MMD -MP $(WARN) $(HARDEN) -DPARAVENT_VERSION='"$(VERSION)"'
override LDFLAGS += $(if $(SAN),-fsanitize=$(SAN)) -pie -Wl,-z,relro,-z,now

all: $B/paravent

# --- rooms -----------------------------------------------------------------

objs = $(patsubst %.c,$B/%.o,$(wildcard $1/*.c))
libs = $(foreach r,$1 $(uses.$1),$(libs.$r))
define room
$B/$1.a: $(call objs,$1)
	@rm -f $$@
	@$$(AR) rcs $$@ $$^
$B/test/unit/$1_%: test/unit/$1_%.c $B/$1.a $(uses.$1:%=$B/%.a)
	@mkdir -p $$(@D)
	@echo "  test  $$*"
	@$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$< -Wl,--whole-archive $B/$1.a -Wl,--no-whole-archive \
		$(uses.$1:%=$B/%.a) $(uses.$1:%=$B/%.a) -lcmocka $(call libs,$1)
endef
$(foreach r,$(ROOMS),$(eval $(call room,$r)))

$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(CFLAGS) -c -o $@ $<

$B/paravent: $B/main.a $(uses.main:%=$B/%.a)
	@echo "  link  $@"
	@$(CC) $(LDFLAGS) -o $@ $(EXTRA) -Wl,--whole-archive $B/main.a $(uses.main:%=$B/%.a) -Wl,--no-whole-archive $(call libs,main)

# A header may only come from the room itself or from a room it uses.
empty :=
space := $(empty) $(empty)
may = $(subst $(space),|,$(strip $1 $(uses.$1)))
rooms:
	@! for r in $(foreach r,$(ROOMS),'$r:$(call may,$r)'); do \
		grep -nHE '#include "' $${r%%:*}/*.[ch] 2>/dev/null | grep -vE "\"($${r#*:})/"; done | grep .

# --- tests -----------------------------------------------------------------

UNIT := $(patsubst %.c,$B/%,$(wildcard test/unit/*_*.c))
unit-build: $(UNIT)
unit: $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done

# Fuzz targets: test/fuzz/ROOM_FILE.c; the corpus beside it is replayed in `make check`.
FUZZ     := $(patsubst test/fuzz/%.c,%,$(wildcard test/fuzz/*_*.c))
FUZZTIME ?= 60
fuzzsrc  := $(foreach r,$(ROOMS),$(wildcard $r/*.c))
FUZZOBJ  := $(patsubst %.c,$B/fuzz/%.o,$(filter-out main/main.c,$(fuzzsrc)))
FUZZFLAGS := -g -O1 -std=c17 -D_GNU_SOURCE -DPARAVENT_VERSION='"$(VERSION)"' -I. -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
$B/fuzz/%.o: %.c
	@mkdir -p $(@D)
	@clang $(FUZZFLAGS) -MMD -MP -c -o $@ $<
$B/fuzz/all.a: $(FUZZOBJ)
	@rm -f $@
	@ar rcs $@ $^
$B/fuzz/%: test/fuzz/%.c $B/fuzz/all.a
	@echo "  fuzz  $*"
	@clang $(FUZZFLAGS) -fsanitize=fuzzer -o $@ $< $B/fuzz/all.a $(call libs,main)
fuzz: $(FUZZ:%=fuzz-%)
fuzz-%: $B/fuzz/%
	@mkdir -p $B/corpus/$* test/corpus/$*
	@$B/fuzz/$* -max_total_time=$(FUZZTIME) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 $B/corpus/$* test/corpus/$* >$B/corpus/$*.log 2>&1 \
		&& echo "fuzz $*: $$(grep -o 'number_of_executed_units: .*' $B/corpus/$*.log), no crash" || { tail -30 $B/corpus/$*.log; exit 1; }
replay-build: $(FUZZ:%=$B/fuzz/%)
replay: $(FUZZ:%=$B/fuzz/%)
	@n=0; for f in $(FUZZ); do for d in test/corpus/$$f; do [ -d $$d ] || continue; \
		$B/fuzz/$$f -runs=0 $$d >$B/replay.log 2>&1 || { cat $B/replay.log; exit 1; }; n=$$((n+1)); done; done; echo "replay: $$n corpora, no crash"

# --- what people run --------------------------------------------------------

help:
	@sed -n 's/^#: //p' Makefile

#: make run          install what is missing, build, find the attack in the bundled case study
run:
	@pkg/deps.sh build
	@$(MAKE) -s -j$$(nproc) all
	@rm -f $B/case_study.db*
	$B/paravent watch -r test/golden/captures/case_study.pcap --store $B/case_study.db
	$B/paravent incident list --store $B/case_study.db
	@echo "more: $B/paravent finding list --store $B/case_study.db"

#: make check        install what tests need, build, and pass them all
check:
	@pkg/deps.sh test
	@$(MAKE) -s -j$$(nproc) all unit-build replay-build
	@$(MAKE) -s rooms facts architecture runbooks unit golden taps replay e2e

#: make all          build only
#: make unit         unit tests;  make golden: captures with stated findings;  make e2e: real tools in namespaces
golden: all
	@PARAVENT=$B/paravent test/golden/run
golden-update: all
	@PARAVENT=$B/paravent test/golden/run update
e2e: all
	@PARAVENT=$B/paravent test/e2e/run

#: make taps         messages at two taps, on a mirror port and past engines with an attacker between, counted exactly
taps: all
	@PARAVENT=$B/paravent /usr/bin/python3 test/taps/taps.py 0 40
	@PARAVENT=$B/paravent /usr/bin/python3 test/taps/parts.py 0 40

#: make rooms        the order of the rooms holds
#: make facts        judge/ knows no rule by name outside the table of facts
facts:
	@! sed -n 's/.*\.rule = "\([a-z0-9.-]*\)".*/"\1"/p' judge/facts.c | sort -u | grep -nFf - $(filter-out judge/facts.c,$(wildcard judge/*.[ch]))

#: make architecture ARCHITECTURE.md, the rules' pages and the manual say what the code says
architecture:
	@test/architecture

#: make runbooks     every rule has one playbook that can be walked, patients first
runbooks:
	@test/runbooks
	@test/runbooks twins

#: make fuzz         every fuzz target for FUZZTIME (60) seconds;  make replay: their corpora once
#: make bench        speed, as ratios in one run
bench:
	@pkg/deps.sh bench
	@$(MAKE) -s -j$$(nproc) all
	@PARAVENT=$B/paravent CORPUS=$(CORPUS) test/bench/run

#: make conformance CORPUS=DIR   the larger suites, where their data are
conformance: all
	@PARAVENT=$B/paravent test/conformance/run $(CORPUS)

#: make install      to PREFIX (/usr/local), below DESTDIR
install: all
	install -Dm755 $B/paravent $(DESTDIR)$(PREFIX)/bin/paravent
	install -Dm644 man/paravent.1 $(DESTDIR)$(PREFIX)/share/man/man1/paravent.1
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/paravent/runbooks docs/runbooks/*.json
	install -Dm644 man/hospital.yaml.5 $(DESTDIR)$(PREFIX)/share/man/man5/hospital.yaml.5
	$B/paravent completion >$B/completion && install -Dm644 $B/completion $(DESTDIR)$(PREFIX)/share/bash-completion/completions/paravent

clean:
	rm -rf $B

.PHONY: all help run rooms facts architecture runbooks unit unit-build golden golden-update e2e fuzz replay replay-build check bench conformance install clean
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)
