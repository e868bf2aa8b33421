/** The lock and the count of promotions in the cluster's own Consul. */
@NullMarked
package io.paddock.keeper.consul;

import org.jspecify.annotations.NullMarked;
