/*
 * The inventory as a program of its own, for systems where the agent's other
 * roles make no sense.  Built with NF_PORTABLE it uses POSIX only.
 */
#ifdef NF_PORTABLE

#include "inventory.h"

int
main(int argc, char **argv)
{
    return nf_inventory_main(argc, argv);
}

#endif
