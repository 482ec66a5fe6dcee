#include "method.h"

#include "log.h"
#include "process.h"
#include "target.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DISK_WAIT_S = 10
};

bool
nf_install_ask(struct nf_installation *in)
{
    in->is_streaming =
        nf_stream_open(&in->stream, &in->order->image, in->fault, in->size);
    if (in->is_streaming) {
        nf_log(NF_LOG_INFO, "the image has %lld bytes%s%s",
               (long long) in->stream.http.length,
               in->stream.coding[0] != '\0' ? ", packed by " : "",
               in->stream.coding);
    }
    return in->is_streaming;
}

void
nf_install_leave(struct nf_installation *in)
{
    nf_http_close(&in->stream.http);
    in->is_streaming = false;
}

bool
nf_install_received(struct nf_installation *in)
{
    in->is_streaming = false;
    return nf_stream_finish(&in->stream, in->order->sha256, in->fault,
                            in->size);
}

void
nf_install_tell(void *install)
{
    struct nf_installation *in = install;
    nf_progress_part(in->progress, in->stream.taken, in->stream.http.length);
}

bool
nf_install_disk(struct nf_installation *in, int64_t need)
{
    const char *named =
        strcmp(in->order->disk, "auto") != 0 ? in->order->disk : in->boot->disk;

    if (strcmp(named, "auto") != 0) {
        snprintf(in->disk, sizeof in->disk, "%s", named);
        return true;
    }
    if (!nf_disk_find(need, DISK_WAIT_S, in->disk)) {
        snprintf(in->fault, in->size,
                 "no fixed disk with room for %lld bytes was found",
                 (long long) need);
        return false;
    }
    return true;
}

bool
nf_install_configure(struct nf_installation *in)
{
    nf_log(NF_LOG_INFO, "configuring the new system");
    return nf_target_configure(in->boot, in->order, in->fault, in->size);
}

bool
nf_install_scripts(struct nf_installation *in)
{
    return nf_scripts_run(&in->order->scripts, NF_TARGET, in->fault, in->size);
}

bool
nf_os_install(const struct nf_order *order, const struct nf_boot *boot,
              struct nf_reporter *progress, char *fault, size_t size)
{
    static struct nf_installation in;
    const struct nf_install_method *method =
        order->is_archive ? &nf_method_archive : &nf_method_image;
    bool is_done = true;

    in = (struct nf_installation){.boot = boot,
                                  .order = order,
                                  .progress = progress,
                                  .fault = fault,
                                  .size = size};
    fault[0] = '\0';
    /* no udev runs here; without these the tools would wait for it */
    setenv("DM_DISABLE_UDEV", "1", 1);
    setenv("MDADM_NO_UDEV", "1", 1);
    nf_target_release();
    for (size_t i = 0; i < method->count && is_done; i++) {
        nf_progress_stage(progress, method->steps[i].stage, NULL);
        is_done = method->steps[i].run(&in);
    }
    if (in.is_streaming) {
        (void) nf_stream_finish(&in.stream, "", fault, size);
    }
    if (!nf_target_release() && is_done) {
        snprintf(fault, size, "the new system could not be unmounted");
        is_done = false;
    }
    if (method->release != NULL) {
        method->release();
    }
    sodium_memzero(in.key, sizeof in.key);
    return is_done;
}
