/** Tasks: what the director does, one at a time a worker, with their event streams. */
@NullMarked
package io.paddock.minidirector.task;

import org.jspecify.annotations.NullMarked;
