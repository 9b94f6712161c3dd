# SPDX-License-Identifier: Apache-2.0
# What whole work is measured with, in $(B)/bench/whole: ticks, a program for Linux, and a kernel that only traps.
WHOLE_DIR := test/bench/whole
WHOLE_OUT := $(B)/bench/whole
WHOLE_FLAGS := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack

.PHONY: bench-whole
bench-whole: $(WHOLE_OUT)/ticks $(WHOLE_OUT)/neighbour.img

$(WHOLE_OUT)/ticks: $(WHOLE_DIR)/ticks.c $(WHOLE_DIR)/whole.mk
	@mkdir -p $(@D)
	$(call say,BENCH)
	$(Q)$(CROSS)gcc -std=gnu11 -O2 -Wall -Wextra -Wconversion -Werror -ffreestanding -fno-stack-protector -fno-pie \
		-mgeneral-regs-only $(WHOLE_FLAGS) -o $@ $<

NEIGHBOUR_ROUNDS := 100000
$(WHOLE_OUT)/neighbour.img: $(WHOLE_DIR)/neighbour.S $(WHOLE_DIR)/whole.mk
	@mkdir -p $(@D)
	$(call say,BENCH)
	$(Q)$(CROSS)gcc $(WHOLE_FLAGS) -DROUNDS=$(NEIGHBOUR_ROUNDS) -Wl,-Ttext=0 -o $(@:.img=.elf) $< && \
		$(CROSS)objcopy -O binary -j .text $(@:.img=.elf) $@
