#include "method.h"

#include "console.h"
#include "image.h"
#include "log.h"
#include "process.h"
#include "target.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The command line's stands where the order leaves it to the rule. */
static void
device_take(struct nf_wish *wish, const struct nf_boot *boot)
{
    if (strcmp(wish->device, "auto") == 0 && wish->raid_count == 0) {
        snprintf(wish->device, sizeof wish->device, "%s", boot->disk);
    }
}

static void
choice_tell(struct nf_installation *in)
{
    char words[NF_WHY_SIZE];

    nf_choice_words(&in->choice, words, sizeof words);
    nf_console("  Disk: %s", words);
    nf_progress_note(in->progress, "disk", words);
}

bool
nf_install_disk(struct nf_installation *in, const struct nf_wish *wish)
{
    static const struct nf_tree here = {.root = "", .is_live = true};
    struct nf_wish wanted = *wish;
    bool is_found = false;

    device_take(&wanted, in->boot);
    for (int tenth = 0; tenth <= DISK_WAIT_S * 10 && !is_found; tenth++) {
        usleep(tenth == 0 ? 0 : 100000);
        is_found =
            nf_choice_make(&here, &wanted, &in->choice, in->fault, in->size);
    }
    if (is_found) {
        in->fault[0] = '\0';
        snprintf(in->disk, sizeof in->disk, "%.127s",
                 in->choice.disks[0].device);
        choice_tell(in);
    }
    return is_found;
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
    nf_image_free(in.image);
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
