# The front door.  `make help` lists what can be asked for.
#
# Everything built lands in build/.  Sources are found by wildcard: a new file
# in a room that exists needs no change here.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
VERSION := 0.1.0
B := build

STD := -std=gnu2x
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wformat=2 -Wwrite-strings -Wundef -Wpointer-arith \
	-Werror=incompatible-pointer-types
ifdef CI
WARN += -Werror
endif
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIC
OPT ?= -O2 -g
CFLAGS_NF := $(STD) $(OPT) $(HARDEN) $(WARN) -D_GNU_SOURCE -Ilibnf \
	-DNF_VERSION='"$(VERSION)"' -MMD -MP $(CFLAGS)
LDFLAGS_NF := -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS := -llmdb -ljansson -lsodium

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

# What must be there before anything is compiled; see scripts/packages.
NEEDED := $(B)/.packages-build

$(B)/.packages-%: scripts/packages scripts/need
	$(Q)mkdir -p $(B)
	$(Q)scripts/need $*
	$(Q)touch $@

# --- libnf -----------------------------------------------------------------
LIBNF_SRC := $(wildcard libnf/*/*.c)
LIBNF_OBJ := $(LIBNF_SRC:%.c=$(B)/%.o)

$(B)/%.o: %.c | $(NEEDED)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_NF) -c $< -o $@

$(B)/libnf.a: $(LIBNF_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

# --- programs --------------------------------------------------------------
# Objects lie apart: build/nf is the program.
$(B)/obj/%.o: %.c | $(NEEDED)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_NF) -c $< -o $@

NF_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard nf/*.c))
HOOK_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard nf-hook/*.c))
RELAY_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard nf-relay/*.c))
RESERVE_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard nf-reserve/*.c))
BMC_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard nf-bmc/*.c))

PROGRAMS := $(if $(NF_OBJ),$(B)/bin/nf) $(if $(HOOK_OBJ),$(B)/bin/nf-hook) \
	$(if $(RELAY_OBJ),$(B)/bin/nf-relay) \
	$(if $(RESERVE_OBJ),$(B)/bin/nf-reserve) $(if $(BMC_OBJ),$(B)/bin/nf-bmc)

define program
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_NF) $(LDFLAGS_NF) -o $@ $(filter %.o %.a,$^)
endef

$(B)/bin/nf: $(NF_OBJ) $(B)/libnf.a
	$(program) -lcurl -lcrypto $(LIBS)

# Static: dnsmasq starts it once per lease event, and exec is most of its time.
$(B)/bin/nf-hook: $(HOOK_OBJ) $(B)/libnf.a
	$(program) -static $(LIBS) -lpthread

$(B)/bin/nf-relay: $(RELAY_OBJ) $(B)/libnf.a
	$(program) -lmosquitto -lcurl $(LIBS)

$(B)/bin/nf-reserve: $(RESERVE_OBJ) $(B)/libnf.a
	$(program) $(LIBS)

$(B)/bin/nf-bmc: $(BMC_OBJ) $(B)/libnf.a
	$(program) -lmosquitto -lcurl -lssl -lcrypto -lnetsnmp -lssh $(LIBS)

# nf-agent brings its own rules: it is static, and built per architecture.
AGENT := $(if $(wildcard nf-agent/build.mk),$(B)/nf-agent)
-include nf-agent/build.mk

$(B)/nf $(B)/nf-hook $(B)/nf-relay $(B)/nf-reserve $(B)/nf-bmc: $(B)/%: $(B)/bin/%
	$(Q)ln -sf bin/$* $@

# --- the nginx module ------------------------------------------------------
MODULE := $(if $(wildcard ngx_nf_module/*.c),$(B)/ngx_http_nf_module.so)
-include ngx_nf_module/build.mk

# --- tests -----------------------------------------------------------------
UNIT_SRC := $(wildcard tests/unit/*/*.c)
UNIT := $(UNIT_SRC:%.c=$(B)/%)

$(B)/tests/unit/%: tests/unit/%.c $(B)/libnf.a $(B)/.packages-test
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_NF) -Itests/unit $(LDFLAGS_NF) -o $@ $< $(B)/libnf.a \
		-lcmocka $(LIBS)

-include tests/tests.mk

.PHONY: all image run test check bench lint fuzz clean help
all: $(if $(LIBNF_OBJ),$(B)/libnf.a) $(MODULE) $(AGENT) \
	$(patsubst $(B)/bin/%,$(B)/%,$(PROGRAMS)) ## build everything into build/

image: $(call agent_files,amd64) $(call agent_files,arm64) $(GRUB_ARM64) ## the RAM disks that machines boot, amd64 and arm64, in build/files/agent and build/tftp

run: all $(B)/.packages-lab $(if $(filter arm64,$(ARCH)),$(B)/arm64/nf-agent) ## a lab: one virtual machine from power-on to installed
	$(Q)tests/lab/lab run

$(B)/bench/%: tests/bench/%.c $(B)/libnf.a
	$(call say,BENCH,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_NF) -Itests/unit $(LDFLAGS_NF) -o $@ $< $(B)/libnf.a $(LIBS)

bench: all $(B)/.packages-test $(B)/.packages-bench $(B)/bench/fill $(B)/bench/calls $(B)/bench/agents $(B)/bench/clock ## benchmarks, each compared with its upper limit in the same run
	$(Q)tests/bench/bench $(ROWS)

lint: $(B)/.packages-lint ## layers, names, sizes, format, spelling, shell
	$(Q)scripts/lint

clean: ## remove build/, but keep the downloads in build/cache
	$(Q)find $(B) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +

help: ## this list
	$(Q)awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST) | sort

-include $(shell find $(B) -name '*.d' -not -path '*/cache/*' 2>/dev/null)
