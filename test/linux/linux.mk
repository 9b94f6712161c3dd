# SPDX-License-Identifier: Apache-2.0
# Programs for a Linux guest: one static program per test/linux/NAME.c that has a main(), in $(B)/linux-tests.
LINUX_DIR := test/linux
LINUX_OUT := $(B)/linux-tests
LINUX_NAMES := counting watchpoint breakpoint step fp sve pauth
LINUX_SHARED := $(filter-out $(LINUX_NAMES:%=$(LINUX_DIR)/%.c),$(wildcard $(LINUX_DIR)/*.c)) $(LINUX_DIR)/registers.S
LINUX_OBJECTS := $(patsubst %,$(LINUX_OUT)/obj/%.o,$(LINUX_SHARED))
# What is linked by all is dropped where nobody calls it.
LINUX_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARN) -march=armv8-a -mbranch-protection=none -ffunction-sections -I$(LINUX_DIR) -MMD -MP

.PHONY: linux-tests
linux-tests: $(LINUX_NAMES:%=$(LINUX_OUT)/%)

$(LINUX_OUT)/obj/%.o: % $(LINUX_DIR)/linux.mk
	@mkdir -p $(@D)
	$(call say,LINUX)
	$(Q)$(CC) $(LINUX_CFLAGS) -c -o $@ $<

$(LINUX_OUT)/%: $(LINUX_OUT)/obj/$(LINUX_DIR)/%.c.o $(LINUX_OBJECTS)
	$(Q)$(CC) -static -Wl,--gc-sections -Wl,-z,noexecstack -s -o $@ $^

.SECONDARY: $(LINUX_OBJECTS) $(LINUX_NAMES:%=$(LINUX_OUT)/obj/$(LINUX_DIR)/%.c.o)
-include $(shell find $(LINUX_OUT)/obj -name '*.d' 2>/dev/null)
