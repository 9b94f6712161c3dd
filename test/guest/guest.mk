# SPDX-License-Identifier: Apache-2.0
# The test kernels: one arm64 Image per test/guest/NAME.c, in $(B)/guest-tests. Included by the Makefile.
CROSS ?= aarch64-linux-gnu-
B ?= build

GUEST_DIR := test/guest
GUEST_OUT := $(B)/guest-tests
GUEST_NAMES := $(patsubst $(GUEST_DIR)/%.c,%,$(wildcard $(GUEST_DIR)/*.c))
GUEST_LIB := $(wildcard $(GUEST_DIR)/lib/*.c $(GUEST_DIR)/lib/*.S) src/lib/printf.c src/lib/string.c
GUEST_LIB_OBJECTS := $(patsubst %,$(GUEST_OUT)/obj/%.o,$(filter-out $(GUEST_DIR)/lib/guest.c,$(GUEST_LIB)))
GUEST_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -ffreestanding -fno-pie -fno-stack-protector \
	-mgeneral-regs-only -mstrict-align -mno-outline-atomics -march=armv8-a -I$(GUEST_DIR) -Isrc -MMD -MP
GUEST_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,norelro -Wl,--no-warn-rwx-segments \
	-Wl,-z,noexecstack -T $(GUEST_DIR)/lib/guest.lds

.PHONY: guest-tests
guest-tests: $(GUEST_NAMES:%=$(GUEST_OUT)/%.img)

$(GUEST_OUT)/obj/%.o: % $(GUEST_DIR)/guest.mk
	@mkdir -p $(@D)
	$(call say,GUEST)
	$(Q)$(CROSS)gcc $(GUEST_CFLAGS) -c -o $@ $<

# The name is compiled in, so the frame is compiled once per test.
$(GUEST_OUT)/obj/%.frame.o: $(GUEST_DIR)/lib/guest.c $(GUEST_DIR)/guest.mk
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(GUEST_CFLAGS) -DGUEST_NAME='"$*"' -c -o $@ $<

$(GUEST_OUT)/obj/%.elf: $(GUEST_OUT)/obj/$(GUEST_DIR)/%.c.o $(GUEST_OUT)/obj/%.frame.o $(GUEST_LIB_OBJECTS) \
		$(GUEST_DIR)/lib/guest.lds
	$(Q)$(CROSS)gcc $(GUEST_LDFLAGS) -o $@ $(filter %.o,$^) -lgcc

$(GUEST_OUT)/%.img: $(GUEST_OUT)/obj/%.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

.SECONDARY: $(GUEST_LIB_OBJECTS) $(GUEST_NAMES:%=$(GUEST_OUT)/obj/%.elf) $(GUEST_NAMES:%=$(GUEST_OUT)/obj/%.frame.o) \
	$(GUEST_NAMES:%=$(GUEST_OUT)/obj/$(GUEST_DIR)/%.c.o)
-include $(shell find $(GUEST_OUT)/obj -name '*.d' 2>/dev/null)
