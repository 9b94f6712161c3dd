# SPDX-License-Identifier: Apache-2.0
# The yardstick: one arm64 Image, $(B)/bench/bench.img, of test/bench and the runtime of the test kernels. Runs anywhere.
BENCH_DIR := test/bench
BENCH_OUT := $(B)/bench
BENCH_SOURCES := $(wildcard $(BENCH_DIR)/*.c $(BENCH_DIR)/*.S)
BENCH_OBJECTS := $(patsubst %,$(BENCH_OUT)/obj/%.o,$(BENCH_SOURCES) $(GUEST_LIB))
BENCH_CFLAGS := $(GUEST_CFLAGS) -fpie -fvisibility=hidden -Wconversion -Wno-sign-conversion -I$(BENCH_DIR) \
	-DGUEST_NAME='"bench"'
BENCH_LDFLAGS := $(filter-out -static -no-pie,$(GUEST_LDFLAGS)) -pie -Wl,--no-dynamic-linker -Wl,-z,text \
	-Wl,--defsym=image_base=0

.PHONY: bench-guest
bench-guest: $(BENCH_OUT)/bench.img

$(BENCH_OUT)/obj/%.o: % $(BENCH_DIR)/bench.mk $(GUEST_DIR)/guest.mk
	@mkdir -p $(@D)
	$(call say,BENCH)
	$(Q)$(CROSS)gcc $(BENCH_CFLAGS) -c -o $@ $<

$(BENCH_OUT)/bench.elf: $(BENCH_OBJECTS) $(GUEST_DIR)/lib/guest.lds
	$(Q)$(CROSS)gcc $(BENCH_LDFLAGS) -o $@ $(filter %.o,$^) -lgcc

$(BENCH_OUT)/bench.img: $(BENCH_OUT)/bench.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

# The hypervisor that writes no trace: what the trace costs is what this one saves.
.PHONY: bench-untraced
bench-untraced: $(BENCH_OUT)/untraced.img

$(BENCH_OUT)/untraced.elf: $(B)/corbel.elf $(BENCH_DIR)/bench.mk
	@mkdir -p $(@D)
	$(call say,BENCH)
	$(Q)$(CC) $(CFLAGS) -w -DTRACE_UNWRITTEN $(LDFLAGS) -o $@ $(SRC) $(ASM) $(LIBFDT_DIR)/libfdt.a -lgcc

$(BENCH_OUT)/untraced.img: $(BENCH_OUT)/untraced.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

-include $(shell find $(BENCH_OUT)/obj -name '*.d' 2>/dev/null)
