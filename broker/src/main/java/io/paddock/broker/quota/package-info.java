/** How many service instances there may be. */
@NullMarked
package io.paddock.broker.quota;

import org.jspecify.annotations.NullMarked;
