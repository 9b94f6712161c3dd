# SPDX-License-Identifier: Apache-2.0
# The whole build. `make` leaves build/corbel.img and build/corbel.elf; ./corbel calls it.
B       := build
CROSS   ?= aarch64-linux-gnu-
CC      := $(CROSS)gcc
HOSTCC  ?= gcc
VERSION := $(shell cat VERSION)

WARN := -Wall -Wextra -Wconversion -Wno-sign-conversion -Wswitch-enum -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror
DEFS := -DCORBEL_VERSION='"$(VERSION)"' $(if $(UART),-DDEFAULT_UART=$(UART)) $(if $(DEBUG),-DCORBEL_DEBUG)

# libfdt: the distribution's archive for arm64 (host/deb unpacks it), or LIBFDT_SRC=dir built with our flags.
LIBFDT_DIR ?= $(B)/libfdt
FREESTANDING := -std=gnu11 -O2 -g -ffreestanding -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	-march=armv8-a -fno-pic -fno-common -fstack-protector-strong -fno-asynchronous-unwind-tables -ffunction-sections -fomit-frame-pointer -fno-section-anchors
CFLAGS  := $(FREESTANDING) -flto $(WARN) $(DEFS) -Isrc -Iinclude -isystem include/freestanding -isystem $(LIBFDT_DIR)/include
# One partition: what a function clobbers is then known to each of its callers, wherever it is.
# Erratum 843419 is mended by ADR, which reaches all of the image: stubs would be padded to 4 KiB.
LDFLAGS := -mno-fix-cortex-a53-843419 -Wl,--fix-cortex-a53-843419=adr -nostdlib -static -no-pie -flto -flto-partition=one -O2 -Wl,--build-id=none -Wl,-z,noexecstack -Wl,--gc-sections -Wl,-T,src/machine/image.lds

SRC  := $(wildcard src/lib/*.c src/machine/*.c src/monitor/*.c src/virtual/*.c)
ASM  := $(wildcard src/machine/*.S)
OBJ  := $(SRC:src/%.c=$(B)/el2/%.o) $(ASM:src/%.S=$(B)/el2/%.S.o)

# A step that was interrupted leaves no file that looks whole.
.DELETE_ON_ERROR:

all: $(B)/corbel.img

$(B)/corbel.img: $(B)/corbel.elf
	$(call say,IMAGE)
	$(Q)$(CROSS)objcopy -O binary $< $@

# One line per step; V=1 shows the commands.
ifeq ($(V),)
Q := @
say = @echo "  $(1) $(patsubst $(B)/%,%,$@)"
endif

$(B)/corbel.elf: $(OBJ) src/machine/image.lds $(LIBFDT_DIR)/libfdt.a
	$(call say,LINK )
	$(Q)$(CC) $(FREESTANDING) $(LDFLAGS) -o $@ $(OBJ) $(LIBFDT_DIR)/libfdt.a -lgcc

$(LIBFDT_DIR)/libfdt.a:
	@mkdir -p $(@D)/include
	$(call say,FDT  )
ifeq ($(LIBFDT_SRC),)
	$(Q)from=$$(host/deb --pinned libfdt) && cp "$$from"/usr/include/*fdt*.h $(@D)/include/ && \
		cp "$$from"/usr/lib/aarch64-linux-gnu/libfdt.a $@
else
	$(Q)cp "$(LIBFDT_SRC)"/*fdt*.h $(@D)/include/
	$(Q)for part in fdt fdt_ro fdt_sw; do $(CC) $(FREESTANDING) -w -isystem include/freestanding -Isrc \
		-I"$(LIBFDT_SRC)" -c -o $(@D)/$$part.o "$(LIBFDT_SRC)/$$part.c" || exit; done
	$(Q)rm -f $@ && $(CROSS)ar rcs $@ $(@D)/fdt.o $(@D)/fdt_ro.o $(@D)/fdt_sw.o
endif

$(B)/el2/%.o: src/%.c VERSION Makefile | $(LIBFDT_DIR)/libfdt.a
	@mkdir -p $(@D)
	$(call say,CC   )
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/el2/%.S.o: src/%.S Makefile
	@mkdir -p $(@D)
	$(call say,AS   )
	$(Q)$(CC) -Isrc -MMD -MP -c -o $@ $<

# What no trap reaches, or only the one by which a VM ends: small rather than fast.
$(patsubst %,$(B)/el2/%.o,$(addprefix monitor/,board command console_view describe describe_place describe_terms describe_vm dump entropy image life main panic pause pool_plan property report serror shell stage1 syndrome tree vm vm_report watch) lib/printf lib/random monitor/ledger machine/cpu machine/smccc \
	virtual/vgpio virtual/vrtc virtual/vtrng virtual/vwatchdog): \
	CFLAGS += -Os

-include $(OBJ:.o=.d)

# --- on the user's machine: the check program, and the monitor against a fake machine ---
H        := $(B)/host
HOSTWARN := -Wall -Wextra -Wswitch-enum -Werror
HOSTSAN  := -fsanitize=address,undefined -fno-sanitize-recover=all
HOSTFLAGS := -DCORBEL_DEBUG -std=gnu11 -g -O1 $(HOSTWARN) $(DEFS) -Itest/fake -Isrc -Itest -Iinclude
CHECKSRC := $(wildcard host/check/*.c) src/lib/printf.c $(addprefix src/monitor/,describe.c describe_place.c describe_terms.c describe_vm.c image.c property.c report.c)

# QEMU's plugin that counts and checks what runs at EL2; it needs nothing but a C compiler.
PLUGINSRC := $(wildcard host/plugin/*.c)
$(H)/plugin/corbel.so: $(PLUGINSRC) $(wildcard host/plugin/*.h) src/lib/bits.h src/lib/types.h src/machine/layout.h src/machine/mmu.h
	@mkdir -p $(@D)
	$(call say,HOST )
	$(Q)$(HOSTCC) -std=gnu11 -g -O2 $(HOSTWARN) -Wconversion -shared -fPIC -fvisibility=hidden -Isrc -o $@ $(PLUGINSRC)

# All that does not name hardware itself; test/fake stands for the rest.
UNITSRC := $(filter-out src/lib/string.c,$(wildcard src/lib/*.c)) src/machine/mmu.c src/machine/context.c src/machine/attributes.c src/machine/feature.c src/machine/pmu.c src/machine/smccc.c \
	$(filter-out src/monitor/main.c,$(wildcard src/monitor/*.c)) $(wildcard src/virtual/*.c) \
	$(wildcard test/fake/*.c) $(filter-out test/model/vgic_% test/model/a64_forms.c,$(wildcard test/model/*.c))
# The vGIC's harness plays EL2 itself, so it comes before the real one, and only where it is asked for.
MODELOBJ := $(patsubst %.c,$(H)/obj/%.o,$(wildcard test/model/vgic_*.c))
$(H)/unit/vgic%: FIRST = $(MODELOBJ)
UNITOBJ := $(UNITSRC:%.c=$(H)/obj/%.o)
UNITS   := $(patsubst test/unit/%.c,$(H)/unit/%,$(wildcard test/unit/*.c))

$(H)/corbel-check: $(CHECKSRC) $(wildcard src/monitor/*.h src/lib/*.h) VERSION
	@mkdir -p $(@D)
	$(call say,HOST )
	$(Q)$(HOSTCC) -std=gnu11 -g -O2 $(HOSTWARN) $(DEFS) -Isrc -o $@ $(CHECKSRC) -lfdt

$(H)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOSTFLAGS) $(HOSTSAN) -MMD -MP -c -o $@ $<

$(H)/libcorbel.a: $(UNITOBJ)
	$(call say,AR   )
	$(Q)rm -f $@ && ar rcs $@ $(UNITOBJ)

$(H)/unit/%: test/unit/%.c $(wildcard test/unit/*.h) $(H)/libcorbel.a $(MODELOBJ)
	@mkdir -p $(@D)
	$(call say,TEST )
	$(Q)$(HOSTCC) $(HOSTFLAGS) $(HOSTSAN) -o $@ $< $(FIRST) $(H)/libcorbel.a -lcmocka -lfdt

# The forms of test/model/a64_forms.def as the cross assembler encodes them.
$(H)/a64_forms.bin: test/model/a64_forms.c test/model/a64_forms.def
	@mkdir -p $(@D)
	$(Q)$(CC) -Itest -c -o $(H)/a64_forms.o $< && $(CROSS)objcopy -O binary -j .text $(H)/a64_forms.o $@
EMULATE := $(addprefix $(H)/unit/,emulate_test emulate_fetch_test emulate_sweep_test)
$(EMULATE): HOSTFLAGS += -DA64_FORMS='"$(H)/a64_forms.bin"' -DA64_OBJDUMP='"$(CROSS)objdump"'
$(EMULATE): $(H)/a64_forms.bin

# Every step of the model of power, as Spin finds them; without partial orders, which would leave some out.
# Spin hands the model's name to a shell, so its path may hold no space.
SPIN ?= spin
$(H)/psci.steps: test/model/psci.pml
	@mkdir -p $(H)/spin
	$(call say,SPIN )
	$(Q)cp $< $(H)/spin
	$(Q)cd $(H)/spin && $(SPIN) -a $(<F) && $(HOSTCC) -O1 -w -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -m10000 >pan.out
	$(Q)grep -q 'errors: 0$$' $(H)/spin/pan.out && grep '^STEP' $(H)/spin/pan.out >$@
$(H)/unit/psci_model_test: HOSTFLAGS += -DPSCI_STEPS='"$(H)/psci.steps"'
$(H)/unit/psci_model_test: $(H)/psci.steps

# The second compiler: all of EL2 must compile with clang too; the image is linked by gcc.
CLANGOBJ := $(SRC:src/%.c=$(B)/clang/%.o)
$(B)/clang/%.o: src/%.c VERSION | $(LIBFDT_DIR)/libfdt.a
	@mkdir -p $(@D)
	$(Q)clang --target=aarch64-linux-gnu $(filter-out -mno-outline-atomics -flto -fno-common -fno-section-anchors,$(CFLAGS)) -MMD -MP -c -o $@ $<
compile-clang: $(CLANGOBJ)
-include $(CLANGOBJ:.o=.d)

check: $(H)/corbel-check
plugin: $(H)/plugin/corbel.so
unit: $(UNITS)

-include $(UNITOBJ:.o=.d) $(MODELOBJ:.o=.d)
-include test/guest/guest.mk
-include test/linux/linux.mk
-include test/bench/bench.mk
-include test/bench/whole/whole.mk
-include test/bench/budget/budget.mk

# The README's figures, measured again.
figures: all guest-tests
	$(Q)python3 host/figures.py

# The most turns of every loop of EL2, counted again (doc/bounds.md).
bounds: all guest-tests $(H)/corbel-check
	$(Q)python3 host/bounds.py

clean:
	rm -rf $(B)

.PHONY: all clean check plugin unit compile-clang figures bounds
