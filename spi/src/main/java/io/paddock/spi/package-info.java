/** All that is PostgreSQL: offers it, turns plans and parameters into deployments, administers the databases. Keeps no state. */
@NullMarked
package io.paddock.spi;

import org.jspecify.annotations.NullMarked;
