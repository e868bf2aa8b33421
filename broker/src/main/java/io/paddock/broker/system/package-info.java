/** Who may call the broker, and what is the same for all that it answers. Nobody imports this. */
@NullMarked
package io.paddock.broker.system;

import org.jspecify.annotations.NullMarked;
