/** The BOSH director as a client sees it. */
@NullMarked
package io.paddock.deployer.director;

import org.jspecify.annotations.NullMarked;
