#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int
nf_error_http(nf_error_t err)
{
    static const int http[] = {
#define X(code, status, text) [code] = status,
        NF_ERRORS(X)
#undef X
    };
    return http[err];
}

const char *
nf_error_text(nf_error_t err)
{
    static const char *const words[] = {
#define X(code, status, text) [code] = text,
        NF_ERRORS(X)
#undef X
    };
    return words[err];
}

const char *
nf_error_name(nf_error_t err)
{
    static const char *const names[] = {
#define X(code, status, text) [code] = #code,
        NF_ERRORS(X)
#undef X
    };
    return names[err];
}

nf_error_t
nf_refuse(struct nf_fault *fault, const char *field, const char *why, ...)
{
    va_list args;

    va_start(args, why);
    vsnprintf(fault->reason, sizeof(fault->reason), why, args);
    va_end(args);
    snprintf(fault->field, sizeof(fault->field), "%s", field);
    return NF_INVALID;
}
