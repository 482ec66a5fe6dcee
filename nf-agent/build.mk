# nf-agent is one static executable per architecture: it runs on systems that
# we do not choose, and alone in a RAM disk.

AGENT_SRC := $(wildcard nf-agent/*.c libnf/base/*.c)
AGENT_CFLAGS := $(STD) -Os $(WARN) -D_GNU_SOURCE -Ilibnf \
	-DNF_VERSION='"$(VERSION)"' -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	-ffunction-sections -fdata-sections -MMD -MP
# The linker warns that getaddrinfo wants glibc's shared libraries; numeric
# addresses, /etc/hosts and DNS do without them.  Without warnings it would
# also take a name that two files define, so ours are joined before.
AGENT_LDFLAGS := -static -s -Wl,--gc-sections -Wl,--no-warnings
AGENT_LIBS := -lpaho-mqtt3c -ljansson -lsodium -lpthread

AGENT_ARM64_CC := aarch64-linux-gnu-gcc
AGENT_ARM64_TREE := $(B)/cache/arm64

$(B)/agent/amd64/%.o: %.c | $(NEEDED)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(AGENT_CFLAGS) -c $< -o $@

$(B)/nf-agent: $(AGENT_SRC:%.c=$(B)/agent/amd64/%.o)
	$(call say,LD,$@)
	$(Q)$(CC) -r -o $(B)/agent/amd64/nf-agent.o $^
	$(Q)$(CC) $(AGENT_LDFLAGS) -o $@ $(B)/agent/amd64/nf-agent.o $(AGENT_LIBS)

# The inventory alone, by POSIX and jansson only: what can be built on macOS.
PORTABLE_SRC := $(addprefix nf-agent/,block.c bmc.c by_path.c cards.c cpu.c disks.c firmware.c \
	hypervisor.c in_use.c inventory.c ipmi.c ipmi_linux.c label.c listing.c lldp.c \
	memory.c neighbours.c pci.c portable.c smbios.c system.c \
	system_macos.c tree.c) \
	$(addprefix libnf/base/,address.c log.c out.c text.c) \
	$(wildcard nf-agent/serial.c libnf/base/serial.c)
AGENT += $(B)/nf-inventory

$(B)/nf-inventory: $(PORTABLE_SRC) $(wildcard nf-agent/*.h) | $(NEEDED)
	$(call say,CC,$@)
	$(Q)$(CC) $(STD) -O2 $(WARN) -D_XOPEN_SOURCE=700 -D_DARWIN_C_SOURCE \
		-DNF_PORTABLE -Ilibnf -DNF_VERSION='"$(VERSION)"' -o $@ \
		$(filter %.c,$^) -ljansson

$(AGENT_ARM64_TREE)/.stamp: nf-agent/arm64-libraries $(B)/.packages-arm64
	$(call say,FETCH,$(@D))
	$(Q)$< $(@D)
	$(Q)touch $@

$(B)/agent/arm64/%.o: %.c $(AGENT_ARM64_TREE)/.stamp
	$(call say,CC,"$< (arm64)")
	$(Q)mkdir -p $(@D)
	$(Q)$(AGENT_ARM64_CC) $(AGENT_CFLAGS) -isystem \
		$(AGENT_ARM64_TREE)/usr/include -c $< -o $@

$(B)/arm64/nf-agent: $(AGENT_SRC:%.c=$(B)/agent/arm64/%.o)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(AGENT_ARM64_CC) -r -o $(B)/agent/arm64/nf-agent.o $^
	$(Q)$(AGENT_ARM64_CC) $(AGENT_LDFLAGS) -o $@ $(B)/agent/arm64/nf-agent.o \
		-L$(AGENT_ARM64_TREE)/usr/lib/aarch64-linux-gnu $(AGENT_LIBS)

# --- what nodes boot ---------------------------------------------------------
IMAGES_COMMON := images/init images/udhcpc images/kernel.sh images/places.sh
AGENT_IMAGE := $(IMAGES_COMMON) images/agent-image images/agent-tools \
	conf/nodefoundry-agent.service

# What `make image` makes; the lab makes itself a smaller one.
agent_files = $(addprefix $(B)/files/agent/$(1)/,vmlinuz initrd.img \
	nodefoundry-agent)

$(B)/files/agent/amd64/initrd.img: $(AGENT_IMAGE) $(B)/nf-agent \
		$(B)/.packages-lab
	$(call say,IMAGE,$@)
	$(Q)images/agent-image --arch amd64 $(@D) >/dev/null
	$(Q)touch $@

$(B)/files/agent/arm64/initrd.img: $(AGENT_IMAGE) $(B)/arm64/nf-agent \
		$(B)/.packages-lab
	$(call say,IMAGE,$@)
	$(Q)images/agent-image --arch arm64 $(@D) >/dev/null
	$(Q)touch $@

$(B)/files/agent/%/vmlinuz: $(B)/files/agent/%/initrd.img ;

$(B)/files/agent/amd64/nodefoundry-agent: $(B)/nf-agent
	$(Q)install -D -m 755 $< $@

$(B)/files/agent/arm64/nodefoundry-agent: $(B)/arm64/nf-agent
	$(Q)install -D -m 755 $< $@

# What is not among this machine's packages: NF_TFTP_DIR for arm64.
GRUB_ARM64 := $(B)/tftp/grubaa64.efi
$(GRUB_ARM64): images/grub-arm64 images/kernel.sh
	$(call say,IMAGE,$@)
	$(Q)images/grub-arm64 $(@D) >/dev/null

$(B)/files/images/debian-12-amd64.img: images/debian-image $(IMAGES_COMMON) \
		images/agent-initramfs $(B)/nf-agent \
		conf/nodefoundry-agent.service
	$(call say,IMAGE,$@)
	$(Q)images/debian-image $@ >/dev/null
