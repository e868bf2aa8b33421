/** What the deployer offers: templates, deployments, tasks. */
@NullMarked
package io.paddock.contracts.deployer;

import org.jspecify.annotations.NullMarked;
