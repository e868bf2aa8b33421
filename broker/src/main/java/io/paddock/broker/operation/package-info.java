/** Operations: stored rows, carried step by step by a durable worker. */
@NullMarked
package io.paddock.broker.operation;

import org.jspecify.annotations.NullMarked;
