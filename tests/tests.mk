# Tests: `make test`, `make check`, `make fuzz`, `make golden`.
#
# Binaries under build/ and scripts (*.t) print TAP; scripts/run-tests runs
# them and counts.  A new file in a folder that exists needs no change here.

RUN_TESTS := scripts/run-tests $(if $(V),--verbose)

# --- libnf with sanitizers, by the compiler that is there ------------------
# Each piece of an arena is an allocation of its own, so that its edges show.
SAN := -fsanitize=address,undefined -fno-omit-frame-pointer -DNF_ARENA_MALLOC
SAN_CFLAGS = $(subst -D_FORTIFY_SOURCE=2,,$(subst -O2,-O1,$(CFLAGS_NF))) $(SAN)
SAN_OBJ := $(LIBNF_SRC:%.c=$(B)/san/%.o)

$(B)/san/%.o: %.c | $(NEEDED)
	$(call say,SAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -c $< -o $@

$(B)/san/libnf.a: $(SAN_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

UNIT_SAN := $(UNIT_SRC:%.c=$(B)/san/%)
$(B)/san/tests/unit/%: tests/unit/%.c $(B)/san/libnf.a $(B)/.packages-test
	$(call say,SAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -Itests/unit $(LDFLAGS) -o $@ $< \
		$(B)/san/libnf.a -lcmocka $(LIBS)

# --- fuzzing: the corpus as tests, and clang's fuzzer ----------------------
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
REPLAY := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/replay/%)
FUZZ := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)
FUZZ_SECONDS ?= 20

$(B)/replay/%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/san/libnf.a
	$(call say,REPLAY,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -Wno-missing-prototypes -Itests/unit $(LDFLAGS) \
		-o $@ $(filter %.c %.a,$^) $(LIBS)

FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer -DNF_ARENA_MALLOC
FUZZ_CFLAGS = $(subst -D_FORTIFY_SOURCE=2,,$(subst -O2,-O1,$(CFLAGS_NF))) \
	$(FUZZ_SAN) -Wno-missing-prototypes

$(B)/fuzz-obj/%.o: %.c $(B)/.packages-check
	$(call say,FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -c $< -o $@

$(B)/fuzz-obj/libnf.a: $(LIBNF_SRC:%.c=$(B)/fuzz-obj/%.o)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(B)/fuzz-obj/libnf.a
	$(call say,FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -fsanitize=fuzzer -Itests/unit $(LDFLAGS) -o $@ \
		$(filter %.c %.a,$^) $(LIBS)

fuzz: $(B)/.packages-check $(FUZZ) ## each fuzz target for FUZZ_SECONDS
	$(Q)scripts/fuzz $(FUZZ_SECONDS) $(FUZZ)

# --- crash tests -----------------------------------------------------------
CRASH_SRC := $(wildcard tests/crash/*.c)
CRASH := $(CRASH_SRC:%.c=$(B)/%)
$(B)/tests/crash/%: tests/crash/%.c $(B)/libnf.a
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_NF) -Itests/unit $(LDFLAGS_NF) -o $@ $< $(B)/libnf.a \
		$(LIBS)

# --- what there is to run --------------------------------------------------
TEST_PACKAGES := $(B)/.packages-build $(B)/.packages-test $(B)/.packages-images $(B)/.packages-lab
# One package manager at a time.
$(B)/.packages-test: | $(B)/.packages-build
$(B)/.packages-images: | $(B)/.packages-test
$(B)/.packages-lab: | $(B)/.packages-images
$(B)/.packages-check: | $(B)/.packages-lab
$(B)/.packages-arm64: | $(B)/.packages-lab

TEST_BINARIES = $(UNIT) $(REPLAY)
DATA_T := $(sort $(wildcard tests/data/*.t))
HTTP_T := $(sort $(wildcard tests/http/*.t))
E2E_T := $(sort $(wildcard tests/e2e/*.t))
CRASH_T := $(sort $(wildcard tests/crash/*.t))

.PHONY: test test-image debian13 test-newcomer lab-rows lab-stuck lab-profile roll-back kill-rounds unit check-san test-http test-http-asan golden tsan
test: $(TEST_PACKAGES) all $(B)/arm64/nf-agent $(TEST_BINARIES) $(CRASH) $(B)/bench/fill $(B)/bench/calls ## install what is missing, build, run every test
	$(Q)$(RUN_TESTS) $(TEST_BINARIES) $(DATA_T) $(HTTP_T) $(E2E_T) $(CRASH_T)

# Minutes without KVM, so not among the others.
test-image: image $(B)/.packages-test $(B)/.packages-lab ## boot what `make image` makes, in several machines
	$(Q)NF_TEST_IMAGE=1 $(RUN_TESTS) tests/e2e/image_boot.t \
		tests/e2e/agent_archive.t

unit: $(UNIT) $(REPLAY) ## the unit tests and the fuzz corpora only
	$(Q)$(RUN_TESTS) $(TEST_BINARIES)

test-http: all
	$(Q)$(RUN_TESTS) $(HTTP_T)

check-san: $(UNIT_SAN) $(REPLAY)
	$(Q)$(RUN_TESTS) $(UNIT_SAN) $(REPLAY)

test-http-asan: all asan-nginx
	$(Q)NF_TEST_ASAN=1 $(RUN_TESTS) $(HTTP_T)

check: $(B)/.packages-check ## test, sanitizers, threads, Debian 13, lint
	$(Q)$(MAKE) test
	$(Q)$(MAKE) lab-rows
	$(Q)$(MAKE) lab-stuck
	$(Q)$(MAKE) lab-profile
	$(Q)$(MAKE) roll-back
	$(Q)NF_TEST_DRIVER=redfish $(RUN_TESTS) tests/e2e/lab_bmc.t
	$(Q)for switch in snmp nxos vrp comware eapi; do \
		NF_TEST_SWITCH=$$switch $(RUN_TESTS) tests/e2e/lab_switch.t || exit; \
	done
	$(Q)$(MAKE) kill-rounds
	$(Q)$(MAKE) check-san
	$(Q)$(MAKE) tsan
	$(Q)$(MAKE) test-http-asan
	$(Q)$(MAKE) debian13
	$(Q)$(MAKE) lint

debian13: $(B)/.packages-lab ## build and run the unit tests in a root of Debian 13
	$(Q)scripts/debian13

# Of what this machine has installed only QEMU and mmdebstrap are used.
test-newcomer: $(B)/.packages-images $(B)/.packages-lab ## README.md's lines on a clean Debian 12, to an installed node
	$(Q)tests/newcomer/newcomer

lab-rows: all $(B)/arm64/nf-agent $(B)/.packages-lab ## every variable of README.md's table for `make run`, to the end; ROWS=tiny: some
	$(Q)NF_TEST_LAB_ROWS='$(or $(ROWS),.)' $(RUN_TESTS) --patience 3600 --verbose tests/e2e/lab_rows.t

lab-stuck: all $(B)/.packages-lab ## situations of docs/stuck.md with virtual machines, and what they advise; SITUATIONS=relay: some
	$(Q)NF_TEST_LAB_STUCK='$(or $(SITUATIONS),.)' $(RUN_TESTS) --patience 3600 --verbose tests/e2e/lab_stuck.t

lab-profile: all $(B)/.packages-lab ## a ready image with packages, a user, a key and a script of its profile, logged in to
	$(Q)NF_TEST_LAB_PROFILE=1 $(RUN_TESTS) --patience 3600 --verbose tests/e2e/lab_profile.t

roll-back: all $(B)/.packages-test ## back to a version with an earlier schema, built from git's history, as the manual says
	$(Q)NF_TEST_ROLL_BACK=1 $(RUN_TESTS) --patience 900 --verbose tests/e2e/roll_back.t

# Of these `make test` runs four.
KILL_ROUNDS ?= 20
kill-rounds: all $(B)/.packages-test $(B)/.packages-lab $(CRASH) ## machines are installed and reset while everything is killed
	$(Q)KILL_ROUNDS=$(KILL_ROUNDS) NF_TEST_LAB_KILL=1 NF_TEST_KILLS=1000 $(RUN_TESTS) \
		--patience 3600 --verbose tests/crash/install.t tests/crash/commands.t \
		tests/e2e/lab_kill.t
	$(Q)NF_TEST_KILLS=200 $(RUN_TESTS) --patience 3600 --verbose tests/e2e/bmc_worker.t

# Rewrite what the golden tests compare with; read the difference before you
# commit it.
golden: $(UNIT)
	$(Q)for t in $(filter %/golden,$(UNIT)); do NF_GOLDEN_WRITE=1 $$t; done
	$(Q)git --no-pager diff --stat -- tests/data

# --- threads ---------------------------------------------------------------
TSAN_SRC := $(filter $(wildcard tests/unit/*/threads.c),$(UNIT_SRC))
TSAN := $(TSAN_SRC:%.c=$(B)/tsan/%)
TSAN_CFLAGS = $(subst -D_FORTIFY_SOURCE=2,,$(subst -O2,-O1,$(CFLAGS_NF))) \
	-fsanitize=thread

$(B)/tsan/%: %.c $(LIBNF_SRC) $(B)/.packages-test
	$(call say,TSAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(TSAN_CFLAGS) -Itests/unit $(LDFLAGS) -o $@ $< $(LIBNF_SRC) \
		-lcmocka $(LIBS)

tsan: $(TSAN)
	$(Q)$(if $(TSAN),$(RUN_TESTS) $(TSAN),echo "no thread tests")
