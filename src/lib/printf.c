/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formatted text. An unknown conversion is printed as it stands and takes no argument; nothing
 * is ever read beyond what the text asks for. Keeps no state and takes no locks.
 */
#include "lib/printf.h"

#include "lib/string.h"
#include "lib/types.h"

/* One conversion while it is read. */
struct spec {
	bool left, zero, is_long;
	u32 width;
	bool has_precision;
	u32 precision;
};

struct printer {
	struct sink *to;
	va_list arguments; /* a copy: where va_list is an array, a parameter's address has another type */
};

static void pad(struct sink *to, char with, u64 count)
{
	while (count--)
		to->put(to, with);
}

/* `sign` (may be empty) and `body`, filled up to the width. */
static void put_field(struct sink *to, const struct spec *s, const char *sign, const char *body,
                      size_t length)
{
	size_t signs = strlen(sign), whole = signs + length;
	u64 fill = s->width > whole ? s->width - whole : 0;

	if (!s->left && !s->zero)
		pad(to, ' ', fill);
	for (size_t i = 0; i < signs; i++)
		to->put(to, sign[i]);
	if (!s->left && s->zero)
		pad(to, '0', fill);
	for (size_t i = 0; i < length; i++)
		to->put(to, body[i]);
	if (s->left)
		pad(to, ' ', fill);
}

static void put_number(struct sink *to, const struct spec *s, const char *sign, u64 value, u32 base)
{
	char digits[20]; /* of 2^64 - 1 */
	char *first = digits + sizeof(digits);

	do {
		*--first = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	put_field(to, s, sign, first, (size_t)(digits + sizeof(digits) - first));
}

static void put_signed(struct sink *to, const struct spec *s, s64 value)
{
	u64 magnitude = value < 0 ? 0 - (u64)value : (u64)value;

	put_number(to, s, value < 0 ? "-" : "", magnitude, 10);
}

static void put_string(struct sink *to, struct spec *s, const char *text)
{
	if (!text)
		text = "(null)";
	s->zero = false;
	put_field(to, s, "", text, s->has_precision ? strnlen(text, s->precision) : strlen(text));
}

static u32 read_digits(const char **at)
{
	u32 value = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++)
		value = value * 10 + (u32)(**at - '0');
	return value;
}

/* A number or `*`; of a negative argument 0. */
static u32 read_amount(struct printer *p, const char **at)
{
	if (**at != '*')
		return read_digits(at);
	(*at)++;
	int value = va_arg(p->arguments, int);
	return value > 0 ? (u32)value : 0;
}

/* Reads flags, width, precision and length; `*at` ends at the letter. */
static struct spec read_spec(struct printer *p, const char **at)
{
	struct spec s = {0};

	for (; **at == '0' || **at == '-'; (*at)++) {
		if (**at == '0')
			s.zero = true;
		else
			s.left = true;
	}
	s.width = read_amount(p, at);
	if (**at == '.') {
		(*at)++;
		s.has_precision = true;
		s.precision = read_amount(p, at);
	}
	if (**at == 'l') {
		(*at)++;
		s.is_long = true;
	}
	return s;
}

static u64 next_unsigned(struct printer *p, const struct spec *s)
{
	return s->is_long ? va_arg(p->arguments, unsigned long) : va_arg(p->arguments, unsigned int);
}

/* False: no such conversion. */
static bool put_conversion(struct printer *p, struct spec *s, char letter)
{
	char c;

	switch (letter) {
	case 's':
		put_string(p->to, s, va_arg(p->arguments, const char *));
		break;
	case 'c':
		c = (char)va_arg(p->arguments, int);
		s->zero = false;
		put_field(p->to, s, "", &c, 1);
		break;
	case 'd':
		put_signed(p->to, s, s->is_long ? va_arg(p->arguments, long) : va_arg(p->arguments, int));
		break;
	case 'u':
		put_number(p->to, s, "", next_unsigned(p, s), 10);
		break;
	case 'x':
		put_number(p->to, s, "", next_unsigned(p, s), 16);
		break;
	case 'p':
		put_number(p->to, s, "0x", (uintptr_t)va_arg(p->arguments, void *), 16);
		break;
	case '%':
		p->to->put(p->to, '%');
		break;
	default:
		return false;
	}
	return true;
}

void format(struct sink *to, const char *text, va_list arguments)
{
	struct printer p = {.to = to};

	va_copy(p.arguments, arguments);
	while (*text) {
		if (*text != '%') {
			to->put(to, *text++);
			continue;
		}
		const char *start = text++;
		struct spec s = read_spec(&p, &text);

		if (*text && put_conversion(&p, &s, *text))
			text++;
		else
			for (; start < text; start++)
				to->put(to, *start);
	}
	va_end(p.arguments);
}

struct buffer {
	struct sink sink; /* first: the sink is the buffer */
	char *to;
	size_t room, length;
};

static void put_in_buffer(struct sink *to, char c)
{
	struct buffer *b = CONTAINER_OF(to, struct buffer, sink);

	if (b->length + 1 < b->room)
		b->to[b->length] = c;
	b->length++;
}

size_t format_text(char *to, size_t size, const char *text, ...)
{
	struct buffer b = {.sink.put = put_in_buffer, .to = to, .room = size};
	va_list arguments;

	va_start(arguments, text);
	format(&b.sink, text, arguments);
	va_end(arguments);
	if (size)
		to[b.length < size ? b.length : size - 1] = 0;
	return b.length;
}
