/** Who asks, and what they may do. */
@NullMarked
package io.paddock.minidirector.access;

import org.jspecify.annotations.NullMarked;
