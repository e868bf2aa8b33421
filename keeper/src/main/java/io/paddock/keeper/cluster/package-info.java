/** Who belongs to the cluster, and where to find them. */
@NullMarked
package io.paddock.keeper.cluster;

import org.jspecify.annotations.NullMarked;
