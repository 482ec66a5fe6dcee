#include "install.h"
int
nf_install_run(void)
{
    return 1;
}
