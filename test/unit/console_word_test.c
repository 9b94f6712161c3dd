/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the machine's bootargs. */
#include "monitor/console_view.h"
#include "world.h"

static void boot_word_is_found_by_its_whole_name(void **s)
{
	(void)s;
	assert_string_equal(console_word("a=1 console=frames b", "console=", "plain"), "frames");
	assert_string_equal(console_word("xconsole=frames", "console=", "plain"), "plain");
	assert_string_equal(console_word("", "console=", "plain"), "plain");
	assert_string_equal(console_word("console=", "console=", "plain"), "");
	assert_string_equal(console_word("panic=halt", "panic=", "off"), "halt");
}

static void overlong_boot_word_is_cut(void **s)
{
	(void)s;
	const char *word =
		console_word("console=0123456789012345678901234567890123456789 x", "console=", "plain");
	assert_int_equal(strlen(word), 31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(boot_word_is_found_by_its_whole_name),
		ALONE(overlong_boot_word_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
