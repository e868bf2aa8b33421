/** The texts that users read. */
@NullMarked
package io.paddock.spi.text;

import org.jspecify.annotations.NullMarked;
