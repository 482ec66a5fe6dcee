/*
 * A lease hook that does nothing: what dnsmasq itself can do with one.
 */
#include <unistd.h>

int
main(void)
{
    _exit(0);
}
