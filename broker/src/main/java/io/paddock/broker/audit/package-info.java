/** Who wanted what changed: an entry for each request that changes something, kept for ever. */
@NullMarked
package io.paddock.broker.audit;

import org.jspecify.annotations.NullMarked;
