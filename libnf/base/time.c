#include "base/time.h"

#include <stdio.h>

enum {
    DAY_MS = 86400000
};
static const nf_time_t year_9999_end = 253402300799999;

/*
 * Days <-> civil dates by counting from 0000-03-01, so that the leap day is
 * the last day of a year; 146097 days are 400 years.
 */
static void
civil_from_days(int64_t days, int *year, unsigned *month, unsigned *day)
{
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    unsigned doe = (unsigned) (z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;

    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (int) (yoe + era * 400) + (*month <= 2);
}

static int64_t
days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = year / 400;
    unsigned yoe = (unsigned) (year - era * 400);
    unsigned doy =
        (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

/* Digits, whatever a stored time says. */
static inline void
put_two(char *at, unsigned value)
{
    at[0] = (char) ('0' + value / 10 % 10);
    at[1] = (char) ('0' + value % 10);
}

void
nf_time_format(nf_time_t time, char text[static NF_TIME_TEXT])
{
    int year;
    unsigned month, day, second = (unsigned) (time % DAY_MS / 1000);

    civil_from_days(time / DAY_MS, &year, &month, &day);
    memcpy(text, "0000-00-00T00:00:00Z", 21);
    put_two(text, (unsigned) year / 100);
    put_two(text + 2, (unsigned) year % 100);
    put_two(text + 5, month);
    put_two(text + 8, day);
    put_two(text + 11, second / 3600);
    put_two(text + 14, second / 60 % 60);
    put_two(text + 17, second % 60);
}

void
nf_time_format_ms(nf_time_t time, char text[static NF_TIME_TEXT])
{
    nf_time_format(time, text);
    memcpy(text + 19, ".000Z", 6);
    put_two(text + 20, (unsigned) (time % 1000 / 10));
    text[22] = (char) ('0' + (unsigned) (time % 10));
}

static bool
digits_at(struct nf_text text, size_t at, size_t width, unsigned low,
          unsigned *value)
{
    uint64_t number;
    struct nf_text part = {text.data + at, width};

    if (at + width > text.len || !nf_text_number(part, 9999, &number)
        || number < low)
    {
        return false;
    }
    *value = (unsigned) number;
    return true;
}

/* "Z", "+hh:mm" or "-hh:mm", in milliseconds east of Greenwich. */
static bool
parse_offset(struct nf_text zone, int64_t *offset)
{
    unsigned hours, minutes;

    if (zone.len == 1 && (zone.data[0] == 'Z' || zone.data[0] == 'z')) {
        *offset = 0;
        return true;
    }
    if (zone.len != 6 || (zone.data[0] != '+' && zone.data[0] != '-')
        || zone.data[3] != ':' || !digits_at(zone, 1, 2, 0, &hours)
        || !digits_at(zone, 4, 2, 0, &minutes) || hours > 23 || minutes > 59)
    {
        return false;
    }
    *offset = ((int64_t) hours * 60 + minutes) * 60000;
    *offset = zone.data[0] == '-' ? -*offset : *offset;
    return true;
}

/* Skip ".123456", keeping the milliseconds; the position behind it.  A point
 * without digits is left where it is, and no offset begins with one. */
static size_t
parse_fraction(struct nf_text text, size_t at, unsigned *ms)
{
    unsigned scale = 100;

    *ms = 0;
    if (at + 1 >= text.len || text.data[at] != '.' || text.data[at + 1] < '0'
        || text.data[at + 1] > '9')
    {
        return at;
    }
    for (at++; at < text.len && text.data[at] >= '0' && text.data[at] <= '9';
         at++) {
        *ms += scale * (unsigned) (text.data[at] - '0');
        scale /= 10;
    }
    return at;
}

static unsigned
days_in(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap);
}

bool
nf_time_parse(struct nf_text text, nf_time_t *time)
{
    unsigned year, month, day, hour, minute, second, ms;
    int64_t offset;

    if (text.len < 20 || text.len > 40 || !digits_at(text, 0, 4, 1970, &year)
        || !digits_at(text, 5, 2, 1, &month) || !digits_at(text, 8, 2, 1, &day)
        || !digits_at(text, 11, 2, 0, &hour)
        || !digits_at(text, 14, 2, 0, &minute)
        || !digits_at(text, 17, 2, 0, &second))
    {
        return false;
    }
    if (text.data[4] != '-' || text.data[7] != '-'
        || (text.data[10] | 32) != 't' || text.data[13] != ':'
        || text.data[16] != ':' || month > 12 || day > days_in(year, month)
        || hour > 23 || minute > 59 || second > 60)
    {
        return false;
    }
    size_t at = parse_fraction(text, 19, &ms);
    if (!parse_offset((struct nf_text){text.data + at, text.len - at}, &offset))
    {
        return false;
    }
    nf_time_t utc = days_from_civil(year, month, day) * DAY_MS
                    + ((int64_t) hour * 3600 + minute * 60 + second) * 1000 + ms
                    - offset;
    if (utc < 0 || utc > year_9999_end) {
        return false;
    }
    *time = utc;
    return true;
}

void
nf_out_duration(struct nf_out *out, nf_time_t length)
{
    int64_t seconds = length / 1000;

    if (seconds >= 3600) {
        nf_out_printf(out, "%lldh", (long long) (seconds / 3600));
    }
    if (seconds >= 60) {
        nf_out_printf(out, "%lldm", (long long) (seconds / 60 % 60));
    }
    nf_out_printf(out, "%llds", (long long) (seconds % 60));
}
