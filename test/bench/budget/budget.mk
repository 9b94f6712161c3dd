# SPDX-License-Identifier: Apache-2.0
# Sizes that are budgets, as symbols of an object that is never linked.
.PHONY: bench-sizes
bench-sizes: $(B)/bench/sizes.o

$(B)/bench/sizes.o: test/bench/budget/sizes.c test/bench/budget/budget.mk | $(LIBFDT_DIR)/libfdt.a
	@mkdir -p $(@D)
	$(call say,BENCH)
	$(Q)$(CC) $(filter-out -flto,$(CFLAGS)) -MMD -MP -c -o $@ $<

-include $(B)/bench/sizes.d
