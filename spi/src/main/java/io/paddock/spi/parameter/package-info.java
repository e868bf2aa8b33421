/** The parameters that users may set: types, limits, and what applies them. */
@NullMarked
package io.paddock.spi.parameter;

import org.jspecify.annotations.NullMarked;
