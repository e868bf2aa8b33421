/** Releases: job specs and their ERB templates. */
@NullMarked
package io.paddock.minidirector.release;

import org.jspecify.annotations.NullMarked;
