/** The PostgreSQL of this node: what it says, what its files say, how it becomes primary or standby. */
@NullMarked
package io.paddock.keeper.postgres;

import org.jspecify.annotations.NullMarked;
