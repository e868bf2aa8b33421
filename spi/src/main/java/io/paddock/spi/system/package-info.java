/** The HTTP edge. */
@NullMarked
package io.paddock.spi.system;

import org.jspecify.annotations.NullMarked;
