/** Whether a database is ready, and making it so. */
@NullMarked
package io.paddock.spi.health;

import org.jspecify.annotations.NullMarked;
