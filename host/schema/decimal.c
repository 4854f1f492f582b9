#include "schema/inside.h"

#include <math.h>

#include "base/json.h"

/*
 * "multipleOf": 0.01 means the hundredth that is written there, not the double beside it. So both
 * numbers are taken as the decimals they are written as, the shortest that read back the same, and
 * the remainder is that of whole numbers. 128 bits hold every product of two digits-in-64-bits.
 */
__extension__ typedef unsigned __int128 wide;

static struct decimal of_integer(json_int_t integer) {
	return (struct decimal){integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer, 0};
}

/* Of "d.ddde+x", as printf() writes it: at most 17 digits. */
static struct decimal of_real(double real) {
	char text[48];
	snprintf(text, sizeof(text), "%.*e", json_real_digits(real) - 1, fabs(real));
	struct decimal decimal = {0, 0};
	const char *at = text;
	for (; *at != 'e' && *at != '\0'; at++) {
		if (*at >= '0' && *at <= '9') {
			decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
		}
	}
	int fraction = (int)(at - text) - 2;
	decimal.exponent = *at == 'e' ? (int)strtol(at + 1, NULL, 10) : 0;
	decimal.exponent -= fraction > 0 ? fraction : 0;
	return decimal;
}

struct decimal value_decimal(const json_t *number) {
	struct decimal decimal = json_is_integer(number) ? of_integer(json_integer_value(number))
							 : of_real(json_real_value(number));
	while (decimal.digits != 0 && decimal.digits % 10 == 0) {
		decimal.digits /= 10;
		decimal.exponent++;
	}
	return decimal;
}

/* value * 10^exponent % divisor */
static uint64_t scaled_remainder(uint64_t value, unsigned exponent, uint64_t divisor) {
	wide remainder = value % divisor, power = 10 % divisor;
	for (; exponent > 0; exponent >>= 1) {
		if ((exponent & 1) != 0) {
			remainder = remainder * power % divisor;
		}
		power = power * power % divisor;
	}
	return (uint64_t)remainder;
}

bool value_is_multiple(const json_t *number, struct decimal divisor) {
	struct decimal decimal = value_decimal(number);
	if (decimal.digits == 0 || divisor.digits == 0) {
		return decimal.digits == 0;
	}
	/* Its digits end in no zero, so more places after the point than the divisor has are its
	 * own. */
	return decimal.exponent >= divisor.exponent &&
		scaled_remainder(decimal.digits, (unsigned)(decimal.exponent - divisor.exponent),
			divisor.digits) == 0;
}
