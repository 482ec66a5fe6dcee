#ifndef NF_FLOW_MARKS_H
#define NF_FLOW_MARKS_H

/*
 * Marks in sentences: a dollar and a letter stand for what is known.  For the
 * files of this folder.
 *
 * $l, $h, $j, $t are ages (of the lease, of the last sign of the agent in
 * RAM, of the system's, of progress), $e the step's error, $p the progress, $n
 * and $m starts or tries and how many there may be, $r the reports, $k the
 * nodes that may be it, $x the machine that is taken, $y its task, $a and $s
 * the commands to approve and cancel, $w the worker, $d when it went, $g since
 * when none is there, $c what the worker says, $f what firmware was offered
 * nothing, $u of which mode the boot flag is, $b what came of the one before,
 * $q the switches that are read, $o the serial number, $R what the server
 * refused, $V the files that were sent, $L the loader, $v what moved last, $i
 * when nf-agent was given its operation, $z how long that may take, $K the
 * node's MAC.
 *
 * After $! comes what may be said only where nothing moves: a restart destroys
 * the installation of a machine that works.  Else it ends with what moves.
 */

#include "flow/why.h"

void nf_marks_put(struct nf_out *out, const struct nf_why_facts *facts,
                  const char *words);

#endif
