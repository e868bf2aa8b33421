/** Connections of the administrator, over TLS that is checked. */
@NullMarked
package io.paddock.spi.connection;

import org.jspecify.annotations.NullMarked;
