/** The service offering with its plans, and the deployment that each means. */
@NullMarked
package io.paddock.spi.plan;

import org.jspecify.annotations.NullMarked;
