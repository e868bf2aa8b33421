/**
 * What a keeper does next, as a function of what it observed. Nothing here reads a clock, a socket or a file: times are durations since the
 * keeper's start, on a clock that goes on while the machine sleeps (CLOCK_BOOTTIME), taken <em>before</em> the request was sent whose
 * answer they belong to. Times of other nodes are never compared with own ones.
 */
@NullMarked
package io.paddock.keeper.decision;

import org.jspecify.annotations.NullMarked;
